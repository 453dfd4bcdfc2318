/**
 * Mutation tests: `npm run mutants` changes one expression at a time where the operator decides, and the unit tests must
 * notice. `npm run mutants -- --mutate 'capabilities/domain/*.ts'` does so for one folder.
 * @type {import("@stryker-mutator/api/core").PartialStrykerOptions}
 */
export default {
  mutate: ["capabilities/{domain,scheduler,resolve,records}/**/*.ts"],
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutants.config.mts", related: false },
  coverageAnalysis: "perTest",
  // What runs once, when a module is loaded, would need all tests for each change.
  ignoreStatic: true,
  // The compiler refuses most other texts, and the words of messages are compared where they are promised.
  mutator: { excludedMutations: ["StringLiteral"] },
  // With a leading slash: "config" would also leave out capabilities/config, and every test that imports it would not run.
  ignorePatterns: [
    "/dist",
    "/docs",
    "/config",
    "/lab/control-plane",
    "/test/e2e",
    "/test/long",
    "/test/truth",
  ],
  incremental: true,
  incrementalFile: "node_modules/.cache/mutants.json",
  tempDirName: "node_modules/.cache/mutants",
  concurrency: 2,
  timeoutMS: 10_000,
  reporters: ["clear-text", "json", "progress-append-only"],
  jsonReporter: { fileName: "dist/mutants.json" },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
};
