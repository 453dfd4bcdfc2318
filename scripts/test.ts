import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { ensureControlPlaneBinary } from "../lab/control-plane/build";
import { isCode } from "../lab/control-plane/build-lock";
import { checkPrerequisites } from "../lab/prerequisites";
import { interruptible, runMain } from "./run-main";
import { testEnvironment } from "./test-environment";
import { installServers } from "./test-servers";
import { TALLY_FILE, type TestTally } from "./test-reporter";

const root = join(import.meta.dirname, "..");

/** What is built outside of the checkout, once, and needs the person's own proxy and certificates for that. */
async function build(signal: AbortSignal): Promise<void> {
  await ensureControlPlaneBinary({ signal });
  await installServers(signal);
}

/** Runs vitest to its end with the terminal of this process, and returns its exit code. */
async function vitest(args: readonly string[], tallyFile: string, signal: AbortSignal): Promise<number> {
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts/test-reporter.ts")}`];
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...args],
    { cwd: root, env: { ...testEnvironment(process.env), [TALLY_FILE]: tallyFile }, stdio: "inherit" },
  );
  signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, killer) => resolve(code ?? 128 + (killer ? constants.signals[killer] : 0)));
  });
}

/** The line is alone and in this form because programs read it. */
function report({ passed, failed, skipped }: TestTally): void {
  for (const { name, reason } of skipped) console.log(`Skipped: ${name}: ${reason}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
}

/** Undefined when vitest came to no end: its own output says why. */
function readTally(file: string): TestTally | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as TestTally;
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Runs all tests, or those that the arguments choose as vitest's own do. */
async function test(args: readonly string[], signal: AbortSignal): Promise<void> {
  await checkPrerequisites(["node", "git", "go", "java", "maven"]);
  await build(signal);
  const folder = mkdtempSync(join(tmpdir(), "kollect-test-run-"));
  try {
    const tallyFile = join(folder, "tally.json");
    const code = await vitest(args, tallyFile, signal);
    const tally = readTally(tallyFile);
    if (tally) report(tally);
    process.exitCode = code === 0 && (tally === undefined || tally.failed > 0) ? 1 : code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(args: readonly string[]): Promise<void> {
  await interruptible((signal) => test(args, signal));
}

runMain(main);
