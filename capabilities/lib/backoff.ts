/**
 * Exponential backoff with full jitter on its upper half: at least half of the full delay, so that
 * simultaneous calls spread out and none is retried at once.
 * @param attempt 1 for the first failure
 * @param random in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(
  attempt: number,
  bounds: { readonly baseMs: number; readonly maxMs: number },
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(bounds.maxMs, bounds.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
