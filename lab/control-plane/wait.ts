import { setTimeout as sleep } from "node:timers/promises";

/** What {@link waitUntil} waits for and how long. */
export interface Wait {
  /** Completes the sentence "… did not happen within …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks `check` until it returns something other than undefined, and returns that.
 * Rejects with what `check` throws, with the signal's reason, or when the time is over.
 */
export async function waitUntil<T>(wait: Wait, check: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + wait.timeoutMs;
  for (;;) {
    wait.signal?.throwIfAborted();
    const result = await check();
    if (result !== undefined) return result;
    if (Date.now() >= deadline)
      throw new Error(`${wait.what} did not happen within ${wait.timeoutMs / 1000} s`);
    const options = wait.signal ? { signal: wait.signal } : {};
    await sleep(wait.intervalMs ?? 50, undefined, options).catch(() => wait.signal?.throwIfAborted());
  }
}
