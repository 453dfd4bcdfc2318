import type { LimitationNote } from "../domain/exporter/judge";
import { predicted } from "../domain/exporter/predicted";
import type { ExporterSettings } from "../domain/exporter/settings";
import type { Failure } from "../domain/failure";
import { probedSink } from "../domain/identity";
import type { EndedAttempt, Outcome, ProbeReport, Progress } from "../domain/outcome";
import { isRetried, RETRY_BACKOFF } from "../domain/retry";
import type { SinkTarget } from "../domain/spec";
import type { Probe, ProbePlan } from "../probes/probe";
import type { ReadyProbe, Resolution } from "../resolve/resolve-sink";
import { backoffMs } from "../lib/backoff";
import { resolveInGrace, resolveWhenServed, type GraceContext, type GraceDependencies } from "./grace";
import type { Release, Slots } from "./slots";

/** One probe to run, for one or more tests. */
export interface RunRequest {
  readonly target: SinkTarget;
  readonly timeoutSeconds: number;
  readonly retryLimit: number;
}

export interface RunDependencies extends GraceDependencies {
  readonly slots: Slots;
  /** The target of a plan's endpoint, as the limits count it. */
  readonly dialled: (endpoint: string) => string;
  readonly attempt: (
    probe: Probe,
    plan: ProbePlan,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly namespace: string },
  ) => Promise<EndedAttempt>;
  /** The exporter that verdicts predict. */
  readonly exporter: ExporterSettings;
}

/** Result of a run, before the number of tests that shared it is known. */
export type RunOutcome = Omit<Outcome, "probeId" | "sharedBy">;

export interface EndedRun {
  readonly outcome: RunOutcome;
  /** Resolves when what the run opened is closed. */
  readonly closed: Promise<void>;
}

/**
 * Maximum size of a plan that is kept while its run waits. Thousands may wait, all with the same large CA bundle:
 * a larger plan is dropped, and made again from the current objects when its turn comes.
 */
export const KEPT_PLAN_BYTES = 16 * 1024;

/**
 * Resolves, waits in grace for missing objects, and probes with retries. `report` is called with every change of its
 * progress. Rejects only with the signal's reason: any other end is an outcome.
 */
export async function probeWithRetries(
  request: RunRequest,
  dependencies: RunDependencies,
  report: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<EndedRun> {
  const startedAt = dependencies.clock.now();
  const say = (progress: Omit<Progress, "startedAt">): void => report({ ...progress, startedAt });
  const prepared = preparedFrom(await resolveInGrace(request.target, { dependencies, say, signal }));
  let waitedMs = 0;
  const waited = (ms: number): void => void (waitedMs += ms);
  const { closed, ...probed } = prepared.ready
    ? await attempts(request, prepared, { dependencies, say, signal, waited, startedAt })
    : { attempts: 0, ...(prepared.failure ? { failure: prepared.failure } : {}), closed: CLOSED };
  const completedAt = dependencies.clock.now();
  const found = { startedAt, completedAt, waitedMs, ...prepared.read, ...probed };
  return { outcome: predicted(found, prepared.limited, dependencies.exporter), closed };
}

const CLOSED = Promise.resolve();

/** The resolved objects; only the plan holds values of Secrets. */
interface Prepared {
  read: Pick<RunOutcome, "sink" | "secrets">;
  /** Limitations of the exporter that follow from the sink and its Secrets. */
  limited: readonly LimitationNote[];
  endpoint: string;
  /** Undefined when there is a failure, and while a large plan is dropped. */
  ready: ReadyProbe | undefined;
  failure: Failure | undefined;
}

function preparedFrom({ sink, secrets, ready, failure, limited = [] }: Resolution): Prepared {
  const names = secrets.map(({ namespace, name, resourceVersion }) => ({ namespace, name, resourceVersion }));
  return {
    read: { ...(sink ? { sink: probedSink(sink) } : {}), secrets: names },
    limited,
    endpoint: ready?.plan.endpoint ?? "",
    ready,
    failure,
  };
}

interface Context extends GraceContext {
  readonly dependencies: RunDependencies;
}

interface Attempted {
  readonly attempts: number;
  readonly report?: ProbeReport;
  readonly failure?: Failure;
  readonly closed: Promise<void>;
}

/** Context of attempts, which report how long they waited for their slots. */
type AttemptContext = Context & { readonly waited: (ms: number) => void; readonly startedAt: number };

async function attempts(
  request: RunRequest,
  prepared: Prepared,
  context: AttemptContext,
): Promise<Attempted> {
  const { dependencies, say, signal } = context;
  for (let attempt = 1; ; attempt += 1) {
    const { report, failure, closed } = await oneAttempt(request, prepared, { ...context, attempt });
    if (!failure || !isRetried(failure, attempt, request.retryLimit)) {
      return {
        attempts: report ? attempt : attempt - 1,
        ...(report ? { report } : {}),
        ...(failure ? { failure } : {}),
        closed,
      };
    }
    const message = `Attempt ${attempt} failed: ${failure.message} It will be tried again.`;
    say({ reason: "RetryBackoff", attempts: attempt, failure, message });
    dropIfLarge(prepared);
    await closed;
    await dependencies.clock.sleep(backoffMs(attempt, RETRY_BACKOFF), signal);
  }
}

async function oneAttempt(
  request: RunRequest,
  prepared: Prepared,
  context: AttemptContext & { readonly attempt: number },
): Promise<Omit<Attempted, "attempts">> {
  const { dependencies, say, signal, attempt } = context;
  const asked = dependencies.clock.now();
  const release = await takeSlot(request, prepared, context);
  context.waited(dependencies.clock.now() - asked);
  let closed = CLOSED;
  try {
    signal.throwIfAborted();
    const { ready, failure } = prepared;
    if (!ready) return { ...(failure ? { failure } : {}), closed };
    const dialled = {
      ...prepared.read,
      startedAt: context.startedAt,
      attempts: attempt,
      endpoint: prepared.endpoint,
    };
    say({ reason: "Probing", attempts: attempt, message: `Attempt ${attempt} is running.`, dialled });
    const timeoutMs = request.timeoutSeconds * 1000;
    const { namespace } = request.target;
    const ended = await dependencies.attempt(ready.probe, ready.plan, { timeoutMs, signal, namespace });
    const { report } = ended;
    closed = ended.closed;
    return { report, ...(report.failure ? { failure: report.failure } : {}), closed };
  } finally {
    // A session that is still open counts at its server, so it counts here too.
    void closed.then(release);
  }
}

/** Waits for a slot of the plan's endpoint. Afterwards `prepared` has the plan, or the failure that replaced it. */
async function takeSlot({ target }: RunRequest, prepared: Prepared, context: Context): Promise<Release> {
  const { slots, dialled } = context.dependencies;
  for (;;) {
    const { endpoint } = prepared;
    const slot = { namespace: target.namespace, endpoint: dialled(endpoint) };
    const free = slots.tryAcquire(slot);
    if (!free) dropIfLarge(prepared);
    const release = free ?? (await slots.acquire(slot, context.signal));
    try {
      await readAgain(target, prepared, context);
    } catch (error) {
      release();
      throw error;
    }
    if (!prepared.ready || prepared.endpoint === endpoint) return release;
    release();
  }
}

function dropIfLarge(prepared: Prepared): void {
  if (prepared.ready && prepared.ready.bytes > KEPT_PLAN_BYTES) prepared.ready = undefined;
}

async function readAgain(target: SinkTarget, prepared: Prepared, context: Context): Promise<void> {
  if (prepared.ready) return;
  Object.assign(prepared, preparedFrom(await resolveWhenServed(target, context)));
}
