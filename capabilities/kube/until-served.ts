import { ClusterError } from "../domain/cluster-error";
import type { Clock } from "../lib/clock";
import { backoffMs } from "../lib/backoff";

export interface Patience {
  readonly clock: Pick<Clock, "sleep">;
  readonly backoff: Parameters<typeof backoffMs>[1];
  readonly signal?: AbortSignal;
}

/**
 * Repeats a call to the API server until the server can serve it, without a limit of time. Rejects with
 * the signal's reason, and with any permanent error.
 */
export async function untilServed<T>(
  call: () => Promise<T>,
  { clock, backoff, signal }: Patience,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.transient) throw error;
      await clock.sleep(backoffMs(attempt, backoff), signal);
    }
  }
}
