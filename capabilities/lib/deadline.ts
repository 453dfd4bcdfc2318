import type { Clock } from "./clock";

/** Maximum total time by which pauses extend a deadline, in milliseconds; after that its clock runs again. */
export const MAX_WAIT_MS = 60_000;

export interface Timing {
  readonly clock: Clock;
  readonly ms: number;
  /** Aborts when the deadline is no longer needed. */
  readonly cancelled: AbortSignal;
}

/** A deadline that can be paused. */
export interface Deadline {
  /** Pauses the clock and returns the function that resumes it. It runs again when every pause has been resumed. */
  pause(): () => void;
  /** Total time of all pauses, in milliseconds. */
  waitedMs(): number;
}

/** Calls `act` after `ms` without the pauses, unless it is cancelled before. */
export function startDeadline({ clock, ms, cancelled }: Timing, act: () => void): Deadline {
  const startedAt = clock.now();
  let pauses = 0;
  let pausedAt = 0;
  let waited = 0;

  const waitedMs = (): number =>
    Math.min(MAX_WAIT_MS, waited + (pauses > 0 ? Math.max(0, clock.now() - pausedAt) : 0));
  function look(left: number): void {
    after({ clock, ms: left, cancelled }, () => {
      const missing = ms - (clock.now() - startedAt - waitedMs());
      // The deadline cannot pass while the clock is paused, so a later check is enough.
      if (pauses > 0 && waitedMs() < MAX_WAIT_MS) look(Math.max(missing, LOOK_MS));
      else if (waitedMs() > 0 && missing > 0) look(missing);
      else act();
    });
  }
  function pause(): () => void {
    if (pauses === 0) pausedAt = clock.now();
    pauses += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      pauses -= 1;
      if (pauses === 0) waited += Math.max(0, clock.now() - pausedAt);
    };
  }
  look(ms);
  return { pause, waitedMs };
}

const LOOK_MS = 100;

/** Calls `act` after `ms`, unless it is cancelled before. */
export function after({ clock, ms, cancelled }: Timing, act: () => void): void {
  // A sleep rejects only when it is cancelled.
  clock.sleep(ms, cancelled).then(act, () => undefined);
}
