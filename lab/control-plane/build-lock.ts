import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./types";

const HEARTBEAT_MS = 5_000;
const SILENT_AFTER_MS = 30_000;
const RETRY_MS = 500;

/** Settings of {@link withLock}. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  readonly log: Log;
  /** What is built under the lock, for the line that says why it waits; the control plane by default. */
  readonly what?: string;
}

/**
 * Runs `work` while holding the lock file, which names the process that holds it. Waits for another holder, and
 * takes the lock over from one that is gone. Two holders at once are possible only when two waiters take over in
 * the same instant, so `work` must publish its result by an atomic rename.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const { what = "the control plane" } = options;
  let told = false;
  while (!(await take(file))) {
    options.signal?.throwIfAborted();
    const holder = await currentHolder(file);
    if (holder === "gone") {
      await rm(file, { force: true });
      continue;
    }
    if (!told) options.log(`Process ${holder} is building ${what} already: waiting for it.`);
    told = true;
    await sleep(RETRY_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
  const heartbeat = setInterval(() => void beat(file), HEARTBEAT_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(file, { force: true });
  }
}

/** A hard link appears with its content, so that a lock always names its holder when it is read. */
async function take(file: string): Promise<boolean> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function currentHolder(file: string): Promise<number | "gone"> {
  try {
    const pid = Number(await readFile(file, "utf8"));
    const { mtimeMs } = await stat(file);
    return isAlive(pid) && Date.now() - mtimeMs < SILENT_AFTER_MS ? pid : "gone";
  } catch (error) {
    if (isCode(error, "ENOENT")) return "gone";
    throw error;
  }
}

/** The process id may be in use again, and a shared folder may be seen from several machines. */
async function beat(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined); // removed by another process: the rename still keeps the result whole
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

/** Whether this is a system error with that code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
