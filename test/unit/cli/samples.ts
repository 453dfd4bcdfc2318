import {
  REPORT_API_VERSION,
  REPORT_KIND,
  summaryOf,
  type Report,
  type SinkResult,
} from "../../../cli/report/report";

/** A sink that is verified, unless it is told otherwise. */
export function result(change: Partial<SinkResult> = {}): SinkResult {
  return {
    namespace: "shop",
    kind: "KollectDatabaseSink",
    name: "orders",
    type: "postgres",
    verdict: "True",
    reason: "ConnectionOK",
    message: "PostgreSQL at db.shop:5432 passed Resolve, Connect.",
    latencyMs: 42,
    phases: [
      { name: "Resolve", result: "Passed", latencyMs: 2 },
      { name: "TLS", result: "Skipped", why: "sslmode does not ask for TLS" },
    ],
    unproven: [],
    limitations: [],
    ...change,
  };
}

export const FAILED: Partial<SinkResult> = {
  verdict: "False",
  reason: "ConnectionTestFailed",
  cause: "AuthenticationFailed",
  message: "PostgreSQL at db.shop:5432 refused the password of user kollect.",
  phases: [
    { name: "Resolve", result: "Passed", latencyMs: 2 },
    { name: "Authenticate", result: "Failed", latencyMs: 5 },
  ],
};

export function reportOf(sinks: readonly SinkResult[], change: Partial<Report> = {}): Report {
  return {
    apiVersion: REPORT_API_VERSION,
    kind: REPORT_KIND,
    command: "check",
    from: "this machine",
    startedAt: "2026-01-02T03:04:05.678Z",
    completedAt: "2026-01-02T03:04:06.789Z",
    exitCode: 0,
    summary: summaryOf(sinks),
    sinks,
    ...change,
  };
}
