import type { ConnectionTestStatus, KollectConnectionTest } from "../api/types";
import { generationOf } from "./decide";
import type { Progress } from "./outcome";

/** What earlier processes of the operator, ended during a test's run, recorded about it. */
export interface Interruption {
  /** How many processes ended while they probed this generation, as far as progress was written. */
  readonly count: number;
  /** Start of the pause before the next attempt, in milliseconds since the epoch; undefined when there is no pause. */
  readonly pausedSince?: number;
}

/** Number of interruptions after which the next attempt waits: the probe may be what ends the process. */
export const PAUSE_AFTER = 2;
/** Length of the wait, in milliseconds; it grows with each further interruption. */
export const PAUSE = { baseMs: 60_000, maxMs: 10 * 60_000 };

/**
 * Reads the last process's record from the progress, which is written for every run that takes long. A status of
 * another generation or with a verdict says nothing about this run.
 */
export function interruptionOf(test: KollectConnectionTest): Interruption {
  const reason = unfinishedReason(test);
  if (!test.status || reason === undefined) return { count: 0 };
  const { interruptions: count = 0 } = test.status;
  if (reason === "Probing") return { count: hasDialled(test.status) ? count + 1 : count };
  const pausedSince = Date.parse(test.status.startedAt ?? "");
  const isPaused = reason === "RetryBackoff" && !hasDialled(test.status) && !Number.isNaN(pausedSince);
  return isPaused ? { count, pausedSince } : { count };
}

/** What this generation's run was doing; undefined when no progress was written, or a verdict was. */
function unfinishedReason(test: KollectConnectionTest): string | undefined {
  if (test.status?.completed) return undefined;
  const finished = test.status?.conditions?.find(({ type }) => type === "Finished");
  return finished?.observedGeneration === generationOf(test) ? finished.reason : undefined;
}

function hasDialled({ attempts = 0 }: ConnectionTestStatus): boolean {
  return attempts > 0;
}

/** What a test shows while it waits because of interruptions. */
export function pauseProgress(count: number, { since, until }: { since: number; until: number }): Progress {
  const message =
    `The operator ended ${count} times while it probed this sink, so the next attempt waits until ` +
    `${new Date(until).toISOString().slice(0, 19)}Z. Check why the operator's watcher restarted.`;
  return { reason: "RetryBackoff", startedAt: since, attempts: 0, message };
}
