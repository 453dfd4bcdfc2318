import { defineConfig } from "vitest/config";

/** The unit tests of the folders that are mutated; the whole suite would take hours. */
export default defineConfig({
  test: {
    include: ["test/unit/{domain,records,resolve,scheduler}/**/*.test.ts"],
    setupFiles: ["test/fixtures/property-setup.ts"],
    testTimeout: 60_000,
  },
});
