import { ClusterError } from "../../domain/cluster-error";
import type { Clock } from "../../lib/clock";

/** The time limit of one call, combined with the caller's own signal. */
export interface Deadline {
  /** Aborts with a `ClusterError` `TimedOut`, or with the caller's reason. */
  readonly signal: AbortSignal;
  /** Starts the timer at the first call; waiting for a free socket before that does not count. */
  start(): void;
  /** Remaining milliseconds. */
  remaining(): number;
  /** Must be called at the end: releases the timer and the caller's signal. */
  cancel(): void;
}

/** Shared reason: without one, each abort would create an exception with a stack trace that is not used. */
const OVER = new DOMException("The call is over.", "AbortError");

export function createDeadline(
  call: string,
  clock: Clock,
  limits: { readonly ms: number; readonly signal?: AbortSignal | undefined },
): Deadline {
  const controller = new AbortController();
  const parent = limits.signal;
  let endsAt: number | undefined;

  const onParentAbort = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) onParentAbort();
  else parent?.addEventListener("abort", onParentAbort, { once: true });

  function expire(): void {
    controller.abort(new ClusterError(call, 0, "TimedOut", `no answer within ${limits.ms} ms`));
  }

  return {
    signal: controller.signal,
    start: () => {
      if (endsAt !== undefined) return;
      endsAt = clock.now() + limits.ms;
      // Rejects when the call is over or aborted, and then there is nothing more to do.
      clock.sleep(limits.ms, controller.signal).then(expire, () => undefined);
    },
    remaining: () => (endsAt === undefined ? limits.ms : endsAt - clock.now()),
    cancel: () => {
      parent?.removeEventListener("abort", onParentAbort);
      controller.abort(OVER);
    },
  };
}
