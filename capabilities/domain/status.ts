import type { Condition, ConnectionTestStatus, KollectConnectionTest, ProbedSink, Sink } from "../api/types";
import { BACKEND_NAMES, MAX_PROBED_SECRETS, type ConditionType, type SinkType } from "../api/vocabulary";
import { generationOf } from "./decide";
import type { Failure } from "./failure";
import type { Outcome, Progress, ProbeReport } from "./outcome";
import { sinkChanged } from "./sinks/change";

/** Longest message of a condition, in characters. */
const MAX_MESSAGE = 4_096;

/** A condition before it has a transition time. */
interface ConditionDraft {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** The status of a test whose run is over. `requestedBy` is the user that admission recorded, or empty. */
export function finalStatus(
  test: KollectConnectionTest,
  outcome: Outcome,
  requestedBy: string | undefined,
): ConnectionTestStatus {
  const generation = generationOf(test);
  const time = timestamp(outcome.completedAt);
  const { report, sink } = outcome;
  return defined({
    completed: true,
    completedAt: time,
    latencyMs: report?.latencyMs,
    observedGeneration: generation,
    conditions: dated(finalConditions(outcome), test.status?.conditions, { time, generation }),
    sink: sink && { ...sink, ...probedSecrets(outcome) },
    requestedBy,
    startedAt: timestamp(outcome.startedAt),
    attempts: outcome.attempts,
    probeId: outcome.probeId,
    sharedBy: outcome.sharedBy,
    probe: probeStatus(outcome),
  });
}

/**
 * The status during a run. It keeps only `observedGeneration` of the last verdict: an old result must not be
 * mistaken for the new one.
 * @param now milliseconds since the epoch
 */
export function progressStatus(
  test: KollectConnectionTest,
  progress: Progress,
  stamp: { readonly now: number; readonly requestedBy: string | undefined; readonly interruptions?: number },
): ConnectionTestStatus {
  const generation = generationOf(test);
  const time = timestamp(stamp.now);
  return defined({
    completed: false,
    observedGeneration: test.status?.observedGeneration ?? -1,
    conditions: dated(progressConditions(progress), test.status?.conditions, { time, generation }),
    requestedBy: stamp.requestedBy,
    startedAt: progress.startedAt === undefined ? undefined : timestamp(progress.startedAt),
    attempts: progress.attempts,
    interruptions: stamp.interruptions || undefined,
  });
}

/**
 * The status for another installer's CRD that lacks the additions for the exporter's limitations: without them, and
 * with the closest cause that this CRD has.
 */
export function plainStatus(status: ConnectionTestStatus): ConnectionTestStatus {
  const { unproven: _, unprovenCount: __, limitations: ___, cause, ...probe } = status.probe ?? {};
  const known = cause === "UnsupportedByExporter" ? "InvalidConfiguration" : cause;
  return defined({
    ...status,
    conditions: status.conditions?.filter(({ type }) => type !== "ExporterLimited"),
    probe: status.probe && defined({ ...probe, cause: known }),
  });
}

/** The part of a status that every CRD of this kind has; the first version allows no negative generation. */
export function pageStatus(status: ConnectionTestStatus): ConnectionTestStatus {
  const { completed, completedAt, latencyMs, observedGeneration, conditions } = status;
  const known = conditions?.filter(({ type }) => type === "ConnectionVerified" || type === "Ready");
  const observed = observedGeneration === -1 ? undefined : observedGeneration;
  return defined({ completed, completedAt, latencyMs, observedGeneration: observed, conditions: known });
}

/** The conditions of a sink after a probe that it requested itself. */
export function sinkConditions(sink: Sink, outcome: Outcome): Condition[] {
  const drafts = finalConditions(outcome).filter(
    ({ type }) => type === "ConnectionVerified" || type === "TLSInsecure",
  );
  const stamp = { time: timestamp(outcome.completedAt), generation: sink.metadata.generation ?? 0 };
  return dated(drafts, sink.status?.conditions, stamp);
}

function finalConditions(outcome: Outcome): ConditionDraft[] {
  const { failure, report } = outcome;
  const drafts: ConditionDraft[] = failure ? failureConditions(failure) : successConditions(outcome);
  if (report?.insecure) drafts.push(insecureCondition(report.insecure));
  const limited = limitedCondition(outcome);
  if (limited) drafts.push(limited);
  if (outcome.sinkChanged) drafts.push(sinkChanged(outcome.sinkChanged, outcome.sink));
  return drafts;
}

function successConditions(outcome: Outcome): ConditionDraft[] {
  const message = successMessage(outcome);
  return [
    { type: "ConnectionVerified", status: "True", reason: "ConnectionOK", message },
    { type: "Ready", status: "True", reason: "ProbeSucceeded", message },
    { type: "Finished", status: "True", reason: "Completed", message: "The run is over." },
  ];
}

function failureConditions({ reason, message }: Failure): ConditionDraft[] {
  return [
    { type: "ConnectionVerified", status: "False", reason, message },
    { type: "Ready", status: "False", reason, message },
    { type: "Finished", status: "True", reason: "Completed", message: "The run is over." },
    { type: "Stalled", status: "True", reason, message },
  ];
}

function progressConditions(progress: Progress): ConditionDraft[] {
  const { message } = progress;
  const waitsFor = progress.reason === "RetryBackoff" ? undefined : progress.failure;
  const reason = waitsFor?.reason ?? "Probing";
  return [
    { type: "ConnectionVerified", status: "Unknown", reason, message },
    { type: "Ready", status: "Unknown", reason, message },
    { type: "Finished", status: "False", reason: progress.reason, message },
    { type: "Reconciling", status: "True", reason: progress.reason, message },
  ];
}

function insecureCondition(why: NonNullable<ProbeReport["insecure"]>): ConditionDraft {
  const message =
    why === "PlainText"
      ? "The connection was not encrypted, so the server's identity was not verified. Turn on TLS in the sink."
      : "The sink's certificate was not verified (insecureSkipVerify or similar). Set the CA in spec.tls instead.";
  return { type: "TLSInsecure", status: "True", reason: why, message };
}

function limitedCondition({ limitations = [] }: Outcome): ConditionDraft | undefined {
  const [first] = limitations;
  if (!first) return undefined;
  const message = limitations.map((each) => each.message).join(" ");
  return {
    type: "ExporterLimited",
    status: "True",
    reason: first.id,
    message: message.slice(0, MAX_MESSAGE),
  };
}

/** The message that `kubectl get -o wide` and Events show. */
export function finalMessage(outcome: Outcome): string {
  return outcome.failure?.message ?? successMessage(outcome);
}

function successMessage({ sink, report }: Outcome): string {
  const phases = report?.phases ?? [];
  const passed = phases.filter(({ result }) => result === "Passed").map(({ name }) => name);
  const skipped = phases.filter(({ result }) => result === "Skipped");
  const unchecked = skipped.map(({ name, why }) => `${name} was skipped: ${why ?? "does not apply"}.`);
  const backend = BACKEND_NAMES[sink?.type as SinkType] ?? "The sink";
  return [
    `${backend} at ${report?.endpoint} passed ${passed.join(", ")}.`,
    ...unchecked,
    ...notProven(report),
  ].join(" ");
}

/** Needs that only a write can prove are left out: they apply to every sink of the type. */
function notProven(report: ProbeReport | undefined): string[] {
  const open = report?.unproven?.filter(({ kind }) => kind === "NotAnswered") ?? [];
  if (open.length === 0) return [];
  return [`Not proven: ${open.map(({ need, why }) => `${need} (${why})`).join(", ")}.`];
}

function probedSecrets({ secrets }: Outcome): Pick<ProbedSink, "secrets"> {
  return secrets.length === 0 ? {} : { secrets: secrets.slice(0, MAX_PROBED_SECRETS).map(copy) };
}

function probeStatus({ report, failure, limitations }: Outcome): ConnectionTestStatus["probe"] {
  if (!report && !failure?.cause && !limitations) return undefined;
  return defined({ ...reported(report), cause: failure?.cause, limitations: limitations?.map(copy) });
}

function reported(report: ProbeReport | undefined): ConnectionTestStatus["probe"] {
  if (!report) return {};
  const { endpoint, serverVersion, tls, phases, unproven } = report;
  return {
    endpoint,
    serverVersion,
    tls: tls && defined({ ...tls }),
    phases: phases.map((phase) => defined({ ...phase })),
    unproven: unproven?.map(copy),
    unprovenCount: unproven?.length ?? 0,
  } as ConnectionTestStatus["probe"];
}

function copy<T extends object>(value: T): T {
  return { ...value };
}

/**
 * Sets the drafts' times: `lastTransitionTime` changes only when a condition's `status` does (API conventions).
 * Conditions without a draft are dropped, as kstatus requires for `Reconciling` and `Stalled`.
 * @param time RFC 3339
 */
function dated(
  drafts: readonly ConditionDraft[],
  previous: readonly Condition[] | undefined,
  stamp: { readonly time: string; readonly generation: number },
): Condition[] {
  return drafts.map((draft) => {
    const before = previous?.find((condition) => condition.type === draft.type);
    const unchanged = before?.status === draft.status;
    return {
      ...draft,
      lastTransitionTime: unchanged ? before.lastTransitionTime : stamp.time,
      observedGeneration: stamp.generation,
    };
  });
}

/** RFC 3339 in UTC with whole seconds, as metav1.Time. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Leaves out undefined members: JSON Patch compares, and CRDs validate, all present members. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
