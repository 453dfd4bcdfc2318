/**
 * Waits for work that takes no signal, but no longer than the signal allows; rejects with its reason then.
 * The work continues, and a later rejection of it has no effect.
 */
export function whileWaiting<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * Runs work under a signal that also aborts after `ms`. The timer and the listener are gone when it settles;
 * `AbortSignal.any` and `AbortSignal.timeout` would keep theirs until the parent is collected.
 */
export async function withTimeout<T>(
  parent: AbortSignal,
  ms: number,
  reason: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(parent.reason);
  if (parent.aborted) onAbort();
  else parent.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => controller.abort(reason()), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener("abort", onAbort);
  }
}
