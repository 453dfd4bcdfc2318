import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { checkPrerequisites } from "../lab/prerequisites";
import { startPostgres } from "../lab/servers/postgres/server";
import { sinksToTry } from "../lab/try/sinks";
import { interruptible, runMain } from "./run-main";

const ROOT = join(import.meta.dirname, "..");
const PLUGIN = join(ROOT, "cli/kubectl-kollect.mjs");

/** The plugin's exit code where a verdict is False, as two of the three are. */
const VERDICT_FALSE = 3;

/** Checks three sinks of a real PostgreSQL by the kubectl plugin. */
async function main(): Promise<void> {
  await checkPrerequisites(["node"]);
  const began = Date.now();
  const finished = await interruptible(show);
  if (!finished) return console.log("Interrupted. Nothing is left running.");
  console.log(`Nothing is left running. It took ${Math.round((Date.now() - began) / 1000)} s.`);
}

async function show(signal: AbortSignal): Promise<void> {
  const postgres = await startPostgres();
  try {
    console.log(`PostgreSQL ${postgres.version} runs at ${postgres.host}:${postgres.port}.\n`);
    const report = join(await mkdtemp(join(tmpdir(), "kollect-try-")), "report.html");
    const args = ["check", "-f", "-", "--output-file", report];
    console.log(`$ ${[relative(ROOT, PLUGIN), ...args].join(" ")} < three-sinks.yaml\n`);
    const code = await runPlugin(args, await sinksToTry(postgres), signal);
    if (code !== VERDICT_FALSE)
      throw new Error(`the plugin ended with exit code ${code}, not with ${VERDICT_FALSE}`);
    console.log(`\nExit code ${code}: a verdict is False. The report for a browser: ${report}`);
  } finally {
    await postgres.stop();
  }
}

function runPlugin(args: readonly string[], input: string, signal: AbortSignal): Promise<number | null> {
  const child = spawn(process.execPath, [PLUGIN, ...args], { stdio: ["pipe", "inherit", "inherit"], signal });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

runMain(main);
