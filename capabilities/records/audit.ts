import { API_VERSION, TEST_KIND } from "../api/vocabulary";
import type { AbortCause, AbortedRun, Outcome, ProbeReport, SinkProbe, Verdict } from "../domain/outcome";
import type { Logger } from "../domain/ports";
import type { SinkTarget } from "../domain/spec";

/** Maximum length of a text that a user can choose, in characters, in the record. */
const MAX_TEXT = 1_024;

/** Writes the durable record: one line per run. */
export interface Audit {
  verdict(verdict: Verdict): void;
  /** Records a test's run that dialled and has no verdict. */
  aborted(run: AbortedRun): void;
  /** Records a probe that a sink requested itself. */
  sinkProbe(probe: SinkProbe): void;
}

/**
 * The durable record of one run: a line with `audit: true` and `event: "connection-test"`. The names of its members are
 * stable. The record outlives the object and its Events.
 *
 * `log` must write level `info` regardless of the operator's log level.
 */
export function createAudit(log: Pick<Logger, "info">): Audit {
  return {
    verdict: (verdict) => log.info(auditRecord(verdict), "connection test finished"),
    aborted: (run) => log.info(auditRecord(run, run.why), "connection test ended without a verdict"),
    sinkProbe: (probe) => log.info(sinkAuditRecord(probe), "a sink's own connection test ended"),
  };
}

/** The record of a test as data: names, versions and times, but no value of a Secret and no message. */
export function auditRecord(verdict: Verdict, aborted?: AbortCause): object {
  const { test, outcome, target, requestedBy, waitedMs } = verdict;
  const { namespace, name, uid, generation } = test.metadata;
  return {
    audit: true,
    event: "connection-test",
    trigger: "ConnectionTest",
    requestedBy: bounded(requestedBy),
    test: { apiVersion: API_VERSION, kind: TEST_KIND, namespace, name, uid, generation },
    ...auditedRun({ target, outcome, waitedMs, aborted }),
  };
}

/** The same members for a probe that a sink requested itself: it has no test, and the user is not known. */
export function sinkAuditRecord({ target, because, outcome, aborted }: SinkProbe): object {
  return {
    audit: true,
    event: "connection-test",
    trigger: because === "annotation" ? "SinkAnnotation" : "SinkSpec",
    requestedBy: null,
    test: null,
    ...auditedRun({ target, outcome, waitedMs: outcome.waitedMs, aborted }),
  };
}

interface AuditedRun extends Pick<Verdict, "target" | "outcome" | "waitedMs"> {
  readonly aborted: AbortCause | undefined;
}

function auditedRun({ target, outcome, waitedMs, aborted }: AuditedRun): object {
  return {
    sink: auditedSink(target, outcome),
    secrets: outcome.secrets.map(({ namespace, name, resourceVersion }) => ({
      namespace,
      name,
      resourceVersion,
    })),
    ...auditedResult(outcome, aborted),
    probeId: outcome.probeId,
    sharedBy: outcome.sharedBy,
    attempts: outcome.attempts,
    startedAt: new Date(outcome.startedAt).toISOString(),
    completedAt: new Date(outcome.completedAt).toISOString(),
    waitedMs: Math.round(waitedMs),
    ...auditedReport(outcome.report, aborted),
    limitations: (outcome.limitations ?? []).map(({ id, effect }) => ({ id, effect })),
  };
}

function auditedResult({ failure }: Outcome, aborted: AbortCause | undefined): object {
  if (aborted) return { outcome: "Aborted", verdict: null, reason: aborted, cause: null };
  if (!failure) return { outcome: "Completed", verdict: "True", reason: "ConnectionOK", cause: null };
  return { outcome: "Completed", verdict: "False", reason: failure.reason, cause: failure.cause ?? null };
}

/** The same members whether anything was dialled or not. */
function auditedReport(report: ProbeReport | undefined, aborted: AbortCause | undefined): object {
  if (!report) return { endpoint: null, tlsInsecure: null, latencyMs: null, unproven: [], phases: [] };
  const { endpoint, insecure, latencyMs, phases, unproven = [] } = report;
  return {
    endpoint: bounded(withoutUserinfo(endpoint)),
    tlsInsecure: insecure ?? null,
    latencyMs: aborted ? null : latencyMs,
    unproven: unproven.map(({ need, kind }) => ({ need, kind })),
    phases: phases.map(({ name, result, latencyMs }) => ({ name, result, latencyMs: latencyMs ?? null })),
  };
}

/** A sink that was not found has no uid, but the record names the requested one. */
function auditedSink(target: SinkTarget | undefined, outcome: Outcome): object | null {
  const { namespace } = target ?? {};
  if (outcome.sink) {
    const { kind, name, uid, generation, type } = outcome.sink;
    return { kind, namespace, name, uid, generation, type: bounded(type) };
  }
  return target ? { kind: target.kind, namespace, name: target.name } : null;
}

/** Endpoints are built without userinfo and query; this removes any that remain. */
function withoutUserinfo(endpoint: string | undefined): string | undefined {
  const address = endpoint?.split(/[?#]/)[0];
  return address?.slice(address.lastIndexOf("@") + 1);
}

function bounded(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
