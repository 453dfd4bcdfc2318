import { ClusterError } from "../domain/cluster-error";
import { failed } from "../domain/failure";
import type { Progress } from "../domain/outcome";
import type { Logger } from "../domain/ports";
import type { SinkTarget } from "../domain/spec";
import { untilServed } from "../kube/until-served";
import type { Clock } from "../lib/clock";
import { errorShape } from "../probes/error-shape";
import type { Resolution } from "../resolve/resolve-sink";
import type { SinkIndex } from "./sink-index";

export interface GraceDependencies {
  readonly clock: Clock;
  readonly log: Pick<Logger, "error">;
  readonly sinks: Pick<SinkIndex, "onChange">;
  readonly resolve: (target: SinkTarget, signal: AbortSignal) => Promise<Resolution>;
  /** Time in milliseconds that a missing sink, Secret or key may take to appear; 0 turns grace off. */
  readonly graceMs: number;
}

/** Context of one run: its dependencies, the receiver of its progress, and the signal that ends it. */
export interface GraceContext {
  readonly dependencies: GraceDependencies;
  readonly say: (progress: Omit<Progress, "startedAt">) => void;
  readonly signal: AbortSignal;
}

const POLL_MS = 1000;
const API_BACKOFF = { baseMs: 500, maxMs: 10_000 };

/**
 * Resolves a sink, repeatedly until everything exists or grace is over. Rejects only with the signal's reason: objects
 * that the operator may not read are a failure too.
 */
export async function resolveInGrace(target: SinkTarget, context: GraceContext): Promise<Resolution> {
  return concluded(await resolvedInGrace(target, context));
}

/** While the operator waits for the sink, another run is not needed; after that it is. */
function concluded(resolution: Resolution): Resolution {
  const { failure, missing } = resolution;
  if (!failure || missing !== "sink") return resolution;
  return { ...resolution, failure: { ...failure, message: `${failure.message} Then run the test again.` } };
}

async function resolvedInGrace(target: SinkTarget, context: GraceContext): Promise<Resolution> {
  const first = await resolveWhenServed(target, context);
  const { clock, graceMs } = context.dependencies;
  if (!first.missing || graceMs === 0) return first;
  const grace = new AbortController();
  const left = new AbortController();
  // A timer, because the clock may jump: if it were set back by an hour, grace would last an hour longer.
  clock.sleep(graceMs, left.signal).then(
    () => grace.abort(),
    () => undefined,
  );
  try {
    return await waitForMissing(target, first, { ...context, grace: grace.signal });
  } finally {
    left.abort();
  }
}

/** Resolves again until everything exists or grace is over, and returns the last result. */
async function waitForMissing(
  target: SinkTarget,
  first: Resolution,
  context: GraceContext & { readonly grace: AbortSignal },
): Promise<Resolution> {
  for (let resolution = first; ; resolution = await resolveWhenServed(target, context)) {
    const { failure, missing } = resolution;
    if (!failure || !missing || context.grace.aborted) return resolution;
    const reason = missing === "sink" ? "WaitingForSink" : "WaitingForSecret";
    context.say({ reason, attempts: 0, failure, message: failure.message });
    const waitMs = missing === "sink" ? context.dependencies.graceMs : POLL_MS;
    await sleepUntilSinkChanges(target, waitMs, context);
  }
}

/** Retries the read until it succeeds or the run is aborted: an unavailable API server says nothing about the sink. */
export async function resolveWhenServed(
  target: SinkTarget,
  { dependencies, signal }: GraceContext,
): Promise<Resolution> {
  const { clock, log, resolve } = dependencies;
  try {
    return await untilServed(() => resolve(target, signal), { clock, backoff: API_BACKOFF, signal });
  } catch (error) {
    signal.throwIfAborted();
    const known = error instanceof ClusterError ? error.message : errorShape(error);
    log.error({ ...target, error: known }, "a sink and its Secrets could not be read");
    return unreadable(target, error);
  }
}

function unreadable(target: SinkTarget, error: unknown): Resolution {
  const message =
    error instanceof ClusterError && error.status === 403
      ? `The operator may not read what ${target.kind} ${target.name} needs. Check the operator's ClusterRole and its binding.`
      : `The operator could not read ${target.kind} ${target.name} and its Secrets. Look for this sink in the operator's log.`;
  return { secrets: [], failure: failed("Internal", message, error).failure };
}

async function sleepUntilSinkChanges(
  target: SinkTarget,
  ms: number,
  { dependencies, signal, grace }: GraceContext & { readonly grace: AbortSignal },
): Promise<void> {
  const changed = new AbortController();
  const stopWatching = dependencies.sinks.onChange(target, () => changed.abort());
  try {
    await dependencies.clock.sleep(ms, AbortSignal.any([signal, changed.signal, grace]));
  } catch (error) {
    signal.throwIfAborted();
    if (!changed.signal.aborted && !grace.aborted) throw error;
  } finally {
    stopWatching();
  }
}
