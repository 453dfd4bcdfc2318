import { defineConfig } from "vitest/config";

/** The unit tests of the folders that are mutated; the whole suite would take hours. */
export default defineConfig({
  test: {
    include: ["test/unit/{domain,records,resolve,scheduler}/**/*.test.ts"],
    // Each of some thousand mutants runs the properties: a fifth of their tries still takes most of the time.
    env: { FUZZ_FACTOR: "0.2" },
    setupFiles: ["test/fixtures/property-setup.ts", "test/fixtures/mutants-setup.ts"],
    testTimeout: 60_000,
  },
});
