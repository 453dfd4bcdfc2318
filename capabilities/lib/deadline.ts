import type { Clock } from "./clock";

/** Longest time that a deadline may be put off in all, in milliseconds; then its clock goes on. */
export const MAX_WAIT_MS = 60_000;

export interface Timing {
  readonly clock: Clock;
  readonly ms: number;
  /** Aborts when the time no longer matters. */
  readonly cancelled: AbortSignal;
}

/** A deadline whose clock can be stopped. */
export interface Deadline {
  /** Stops the clock, and gives what starts it again. Several may stop it; it goes on with the last one. */
  pause(): () => void;
  /** How long the clock has been stopped in all, in milliseconds. */
  waitedMs(): number;
}

/** Acts after `ms` in which the clock was not stopped, unless it is cancelled before. */
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
      // While the clock is stopped nothing is over; a later look is soon enough.
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

/** Acts after a while, unless it is cancelled before. */
export function after({ clock, ms, cancelled }: Timing, act: () => void): void {
  // A sleep rejects only because it was cancelled.
  clock.sleep(ms, cancelled).then(act, () => undefined);
}
