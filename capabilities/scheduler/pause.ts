import type { KollectConnectionTest } from "../api/types";
import { PAUSE, PAUSE_AFTER, pauseProgress, type Interruption } from "../domain/interruption";
import type { Progress } from "../domain/outcome";
import { backoffMs } from "../lib/backoff";
import type { Clock } from "../lib/clock";

export interface PauseContext {
  readonly test: KollectConnectionTest;
  readonly clock: Clock;
  readonly writer: { progress(progress: Progress): void };
  readonly onPaused: (test: KollectConnectionTest, message: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits before a probe that may have ended the process: an immediate repetition would make every tenant wait for
 * another restart. Rejects with the signal's reason.
 */
export async function pauseAfter(
  { count, pausedSince }: Interruption,
  { test, clock, writer, onPaused, signal }: PauseContext,
): Promise<void> {
  if (count < PAUSE_AFTER) return;
  const now = clock.now();
  const since = Math.min(pausedSince ?? now, now);
  const until = since + backoffMs(count - PAUSE_AFTER + 1, PAUSE);
  if (until <= now) return;
  const progress = pauseProgress(count, { since, until });
  writer.progress(progress);
  onPaused(test, progress.message);
  await clock.sleep(until - now, signal);
}
