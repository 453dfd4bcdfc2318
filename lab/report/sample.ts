import {
  REPORT_API_VERSION,
  REPORT_KIND,
  summaryOf,
  type Report,
  type SinkResult,
} from "../../cli/report/report";
import { LIMITATIONS } from "../../capabilities/domain/exporter/limitations";

const PASSED: SinkResult = {
  namespace: "shop",
  kind: "KollectDatabaseSink",
  name: "orders",
  type: "postgres",
  verdict: "True",
  reason: "ConnectionOK",
  message:
    "PostgreSQL at db.shop.example:5432 passed Resolve, Connect, TLS, Authenticate, Verify, Authorize. One need is " +
    "not proven.",
  latencyMs: 84,
  endpoint: "db.shop.example:5432",
  serverVersion: "18.0",
  tls: { version: "TLSv1.3", issuer: "CN=Platform CA", notAfter: "2027-03-01T00:00:00Z" },
  phases: [
    { name: "Resolve", result: "Passed", latencyMs: 3 },
    { name: "Connect", result: "Passed", latencyMs: 9 },
    { name: "TLS", result: "Passed", latencyMs: 21 },
    { name: "Authenticate", result: "Passed", latencyMs: 34 },
    { name: "Verify", result: "Passed", latencyMs: 5 },
    { name: "Authorize", result: "Passed", latencyMs: 12 },
  ],
  unproven: [
    {
      need: "postgres:Triggers",
      kind: "OnlyAWriteTells",
      why: "the table has a trigger that may refuse what the exporter writes",
    },
  ],
  limitations: [],
};

const SINKS: readonly SinkResult[] = [
  PASSED,
  {
    ...PASSED,
    kind: "KollectEventSink",
    name: "items",
    type: "kafka",
    verdict: "False",
    reason: "ConnectionTestFailed",
    cause: "AuthenticationFailed",
    message:
      "Kafka at kafka.shop.example:9093 refused the credentials of user shop. Check the keys username and password of " +
      "Secret kafka-login.",
    endpoint: "kafka.shop.example:9093",
    serverVersion: "3.9",
    latencyMs: 63,
    phases: [
      { name: "Resolve", result: "Passed", latencyMs: 2 },
      { name: "Connect", result: "Passed", latencyMs: 11 },
      { name: "TLS", result: "Passed", latencyMs: 24 },
      { name: "Authenticate", result: "Failed", latencyMs: 26 },
    ],
    unproven: [],
  },
  {
    ...PASSED,
    namespace: "audit",
    kind: "KollectSnapshotSink",
    name: "evidence",
    type: "s3",
    message: "S3 at s3.shop.example/evidence passed Resolve, Connect, TLS, Authenticate, Verify, Authorize.",
    endpoint: "s3.shop.example/evidence",
    latencyMs: 41,
    tlsInsecure: "VerificationSkipped",
    phases: PASSED.phases.map((phase) => ({ ...phase, latencyMs: Math.ceil((phase.latencyMs ?? 0) / 2) })),
    unproven: [],
    limitations: [
      {
        id: "TLSSettingsIgnored",
        effect: "ignored",
        message: `Kollect ${LIMITATIONS.TLSSettingsIgnored.does}. ${LIMITATIONS.TLSSettingsIgnored.workaround}`,
      },
    ],
  },
];

/** A report with a sink of each sort, for pictures of it. */
export function sampleReport(): Report {
  return {
    apiVersion: REPORT_API_VERSION,
    kind: REPORT_KIND,
    command: "test",
    from: "the cluster of context production",
    startedAt: "2026-11-28T08:00:00Z",
    completedAt: "2026-11-28T08:00:02Z",
    exitCode: 3,
    summary: summaryOf(SINKS),
    sinks: SINKS,
  };
}
