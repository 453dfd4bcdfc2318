import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface ChildOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** What it prints (to either output) when it can be used. */
  readonly ready: RegExp;
  readonly readyWithinMs: number;
  /** What ends it in good order. */
  readonly stopSignal: NodeJS.Signals;
}

/** A server process that ends with ours at the latest. */
export interface Child {
  readonly pid: number;
  /** The end of what it printed, for messages of failed tests. */
  output(): string;
  stop(): Promise<void>;
}

const KEPT_OUTPUT = 16_384;
const STOP_WITHIN_MS = 10_000;

/** Starts a server and waits until it says that it is ready; rejects with its output when it does not. */
export async function startChild(command: string, options: ChildOptions): Promise<Child> {
  const { uid, gid, cwd, args } = options;
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.off("exit", killWithUs));
  const output = collect(child);
  try {
    await readiness(child, options, output);
  } catch (error) {
    await stop(child, "SIGKILL");
    throw error;
  }
  return { pid: child.pid ?? 0, output, stop: () => stop(child, options.stopSignal) };
}

/** Starts a server in a folder of its own, which goes when the server stops or does not start. */
export async function startInOwnFolder<T extends { stop(): Promise<void> }>(
  name: string,
  start: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `kollect-${name}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const server = await start(folder);
    const stop = async (): Promise<void> => {
      await server.stop();
      await remove();
    };
    return { ...server, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

function collect(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: Buffer): void => {
    text = (text + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => text;
}

async function readiness(child: ChildProcess, options: ChildOptions, output: () => string): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${output()}`)));
  });
  failed.catch(() => undefined);
  const end = Date.now() + options.readyWithinMs;
  while (!options.ready.test(output())) {
    if (Date.now() > end) throw new Error(`not ready within ${options.readyWithinMs} ms: ${output()}`);
    await Promise.race([sleep(20), failed]);
  }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  const giveUp = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await ended;
  clearTimeout(giveUp);
}
