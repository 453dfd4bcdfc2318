import { spawn } from "node:child_process";
import { join } from "node:path";
import { testEnvironment } from "../../scripts/test-environment";

export const ROOT = join(import.meta.dirname, "../..");
const KEPT_OUTPUT = 20_000;
/** What vitest gives the processes that run its tests, and would mislead one that is started from there. */
const OF_THIS_RUN = /^(vitest.*|vite_.*|node_(env|options)|test|mode|dev|prod|ssr|kollect_long_tests)$/i;

export interface NodeRun {
  readonly args: readonly string[];
  /** The folder of another Node.js, which is first on the PATH then. */
  readonly folder?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly withinMs: number;
}

/** The environment of this run without what vitest adds to it. */
export function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(testEnvironment(process.env)).filter(([name]) => !OF_THIS_RUN.test(name));
  return { ...Object.fromEntries(own), NO_COLOR: "1" };
}

/** Runs a program of Node.js in the checkout, and resolves with its output; rejects with it unless the code is 0. */
export function runNode({ args, folder, env = {}, withinMs }: NodeRun): Promise<string> {
  const command = folder === undefined ? process.execPath : join(folder, "node");
  const PATH = [...(folder === undefined ? [] : [folder]), process.env.PATH].join(":");
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...environment(), PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: withinMs,
  });
  let output = "";
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${args.join(" ")} ended with ${code ?? signal}:\n${output}`));
    });
  });
}
