import { API_VERSION, TEST_KIND } from "../api/vocabulary";
import type { Outcome, ProbeReport, Verdict } from "../domain/outcome";
import type { Logger } from "../domain/ports";

/** Longest text of a user's making that goes into the record. */
const MAX_TEXT = 1_024;

/**
 * Writes the durable record of one test and run: a line with `audit: true` and `event: "connection-test"`,
 * whose members are named below and stay. It outlives the object and its Events.
 *
 * `log` must let level `info` through whatever the operator's own log level is.
 */
export function createAudit(log: Pick<Logger, "info">): (verdict: Verdict) => void {
  return (verdict) => log.info(auditRecord(verdict), "connection test finished");
}

/** The record as data: names, versions and times, but no value of a Secret and no message. */
export function auditRecord(verdict: Verdict): object {
  const { test, outcome, requestedBy, waitedMs } = verdict;
  const { namespace, name, uid, generation } = test.metadata;
  return {
    audit: true,
    event: "connection-test",
    requestedBy: bounded(requestedBy),
    test: { apiVersion: API_VERSION, kind: TEST_KIND, namespace, name, uid, generation },
    sink: auditedSink(verdict),
    secrets: outcome.secrets.map(({ namespace, name, resourceVersion }) => ({
      namespace,
      name,
      resourceVersion,
    })),
    ...auditedResult(outcome),
    probeId: outcome.probeId,
    sharedBy: outcome.sharedBy,
    attempts: outcome.attempts,
    startedAt: new Date(outcome.startedAt).toISOString(),
    completedAt: new Date(outcome.completedAt).toISOString(),
    waitedMs: Math.round(waitedMs),
    ...auditedReport(outcome.report),
    limitations: (outcome.limitations ?? []).map(({ id, effect }) => ({ id, effect })),
  };
}

function auditedResult({ failure }: Outcome): object {
  if (!failure) return { verdict: "True", reason: "ConnectionOK", cause: null };
  return { verdict: "False", reason: failure.reason, cause: failure.cause ?? null };
}

/** The same members whether it came to dialling or not. */
function auditedReport(report: ProbeReport | undefined): object {
  if (!report) return { endpoint: null, tlsInsecure: null, latencyMs: null, unproven: [], phases: [] };
  const { endpoint, insecure, latencyMs, phases, unproven = [] } = report;
  return {
    endpoint: bounded(withoutUserinfo(endpoint)),
    tlsInsecure: insecure ?? null,
    latencyMs,
    unproven: unproven.map(({ need, kind }) => ({ need, kind })),
    phases: phases.map(({ name, result, latencyMs }) => ({ name, result, latencyMs: latencyMs ?? null })),
  };
}

/** A sink that was not found has no uid, but the record says which one was meant. */
function auditedSink({ target, outcome }: Verdict): object | null {
  if (outcome.sink) {
    const { kind, name, uid, generation, type } = outcome.sink;
    return { kind, name, uid, generation, type: bounded(type) };
  }
  return target ? { kind: target.kind, name: target.name } : null;
}

/** An endpoint is made without userinfo and query; should one slip through, it is cut off here. */
function withoutUserinfo(endpoint: string | undefined): string | undefined {
  const address = endpoint?.split(/[?#]/)[0];
  return address?.slice(address.lastIndexOf("@") + 1);
}

function bounded(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
