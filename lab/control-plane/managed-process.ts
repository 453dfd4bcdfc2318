import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "./end-with-this-process";
import type { Exit, ManagedProcess } from "./types";
import { waitUntil } from "./wait";

/** A program and everything it needs. */
export interface ProcessSpec {
  /** What messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Its output is appended here. */
  readonly logFile: string;
  /** Resolves true when the process `pid` does its work. May reject: that is "not yet". */
  ready(signal: AbortSignal, pid: number): Promise<boolean>;
  readonly readyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  ended: boolean;
}

const STOP_DEADLINE_MS = 5_000;
const READY_ATTEMPT_MS = 2_000;
const QUOTED_LINES = 15;

/** Starts a process and waits until it is ready. When it fails, nothing is left of it and the error quotes its log. */
export async function startProcess(spec: ProcessSpec): Promise<ManagedProcess> {
  let running = await startReady(spec);
  return {
    logFile: spec.logFile,
    get pid() {
      return running.pid;
    },
    get exited() {
      return running.exited;
    },
    stop: () => end(running),
    kill: (signal) => sendSignal(spec.name, running, signal),
    restart: async () => {
      await end(running);
      running = await startReady(spec);
    },
  };
}

async function startReady(spec: ProcessSpec): Promise<Running> {
  spec.signal?.throwIfAborted();
  const running = await launch(spec);
  try {
    const timeoutMs = spec.readyTimeoutMs;
    await waitUntil({ what: `the start of ${spec.name}`, timeoutMs, signal: spec.signal }, () =>
      isReady(spec, running),
    );
    return running;
  } catch (error) {
    await end(running);
    if (spec.signal?.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}. Its log ends with:\n${await lastLines(spec.logFile)}`);
  }
}

async function isReady(spec: ProcessSpec, running: Running): Promise<true | undefined> {
  if (running.ended) throw new Error(`${spec.name} ended instead of becoming ready`);
  const timeout = AbortSignal.timeout(READY_ATTEMPT_MS);
  const signal = spec.signal ? AbortSignal.any([spec.signal, timeout]) : timeout;
  const ready = await spec.ready(signal, running.pid).catch(() => false); // refused connections are what "not yet" looks like
  return ready ? true : undefined;
}

async function launch(spec: ProcessSpec): Promise<Running> {
  const log = openSync(spec.logFile, "a", 0o600);
  // A process group of its own, so that Ctrl-C reaches only us and the parts are ended in order.
  const child = spawn(spec.command, [...spec.args], {
    detached: true,
    env: spec.env,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const pid = child.pid;
  if (pid === undefined) {
    const error = await new Promise<unknown>((resolve) => child.once("error", resolve));
    throw new Error(`${spec.name} cannot be started from ${spec.command}`, { cause: error });
  }
  const release = endWithThisProcess(pid);
  const running: Running = {
    child,
    pid,
    ended: false,
    exited: new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        running.ended = true;
        release();
        resolve({ code, signal });
      });
    }),
  };
  return running;
}

function sendSignal(name: string, running: Running, signal: NodeJS.Signals): void {
  if (running.ended || !running.child.kill(signal))
    throw new Error(`${name} has ended, so it cannot get ${signal}`);
}

async function end(running: Running): Promise<void> {
  if (running.ended) return;
  running.child.kill("SIGTERM");
  running.child.kill("SIGCONT"); // a suspended process would not see SIGTERM before the deadline
  const cancel = new AbortController();
  const overdue = sleep(STOP_DEADLINE_MS, true, { signal: cancel.signal }).catch(() => false);
  const late = await Promise.race([running.exited.then(() => false), overdue]);
  cancel.abort();
  if (late) running.child.kill("SIGKILL");
  await running.exited;
}

/** The end of a log, indented, for a message. Empty when there is no such file. */
export async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n").slice(-QUOTED_LINES);
  return lines.map((line) => `  ${line.slice(0, 400)}`).join("\n");
}
