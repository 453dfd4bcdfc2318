import type { ConnectionTestStatus, KollectConnectionTest } from "../api/types";
import { generationOf } from "./decide";
import type { Progress } from "./outcome";

/** What processes of the operator that ended left of a test's run. */
export interface Interruption {
  /** How often a process ended while it probed this generation, as far as progress was written. */
  readonly count: number;
  /** When the pause before the next attempt began, in milliseconds since the epoch; undefined when none did. */
  readonly pausedSince?: number;
}

/** After so many the next attempt waits: the probe may be what ends the process. */
export const PAUSE_AFTER = 2;
/** How long it waits, in milliseconds; longer after each further one. */
export const PAUSE = { baseMs: 60_000, maxMs: 10 * 60_000 };

/**
 * Reads what the last process left, from the progress that is written of every run that lasts. A status of another
 * generation, and one with a verdict, tells nothing.
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

/** What this generation's run was doing; undefined when nothing was written of it, or its verdict. */
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
    `${new Date(until).toISOString().slice(0, 19)}Z. Look at why the operator's watcher was restarted.`;
  return { reason: "RetryBackoff", startedAt: since, attempts: 0, message };
}
