/** Source of time; injected so that decisions and timers can be tested. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. Delays above 2^31-1 ms are allowed. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A clock that notices when its time is changed. */
export interface AlarmClock extends Clock {
  /** Resolves when `now` has reached `time`, even if the clock is changed; or rejects with the signal's reason. */
  sleepUntil(time: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay that a Node.js timer accepts; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const LOOK_EVERY_MS = 1_000;

/**
 * The system clock.
 * @param lookEveryMs how long `sleepUntil` may take to notice that the clock was changed, in milliseconds
 */
export function systemClock(lookEveryMs = LOOK_EVERY_MS): AlarmClock {
  const now = (): number => Date.now();
  return {
    now,
    sleep,
    sleepUntil: async (time, signal) => {
      signal?.throwIfAborted();
      for (let left = time - now(); left > 0; left = time - now()) {
        await timer(Math.min(left, lookEveryMs), signal);
      }
    },
  };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let left = ms;
  do {
    const part = Math.min(left, MAX_TIMER_MS);
    await timer(part, signal);
    left -= part;
  } while (left > 0);
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(handle);
      reject(signal?.reason as Error);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
