import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** How a run of the tests came out. */
export interface TestTally {
  readonly passed: number;
  /** Tests, and files, suites and the run itself when they fail outside of a test. */
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

export interface SkippedTest {
  readonly name: string;
  readonly reason: string;
}

/** Names the file that {@link TallyReporter} writes its {@link TestTally} to, as JSON. */
export const TALLY_FILE = "TEST_TALLY_FILE";

/** A test that never ended counts as failed: its result is not known. */
export function tally(modules: readonly TestModule[], unhandledErrors: number): TestTally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const of = (...states: string[]): TestCase[] =>
    tests.filter((test) => states.includes(test.result().state));
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const broken = suites.filter((suite) => suite.errors().length > 0);
  return {
    passed: of("passed").length,
    failed: of("failed", "pending").length + broken.length + unhandledErrors,
    skipped: of("skipped").map((test) => ({ name: nameOf(test), reason: reasonOf(test) })),
  };
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note) return result.note;
  if (test.options.mode === "todo") return "still to be written";
  return isInBrokenSuite(test) ? "its suite could not be set up" : "no reason is given";
}

function isInBrokenSuite({ parent }: TestCase): boolean {
  for (let suite: TestSuite | TestModule = parent; ; suite = suite.parent) {
    if (suite.errors().length > 0) return true;
    if (suite.type === "module") return false;
  }
}

/** Vitest wants a reporter in a file of its own to be the default export. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env[TALLY_FILE];
    if (file) writeFileSync(file, JSON.stringify(tally(modules, unhandledErrors.length)));
  }
}
