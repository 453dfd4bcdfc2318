import { NAME, quantile } from "./queries";

/** One alert: a measure, and the condition under which it fires. */
export interface Alert {
  readonly name: string;
  readonly severity: "critical" | "warning" | "info";
  /** A query that returns series even if everything works. */
  readonly measure: string;
  /** The comparison under which the alert fires, or `absent`. */
  readonly when: string;
  /** How long the condition must hold, such as 10m. */
  readonly for: string;
  /** One line; may name labels of the measure. */
  readonly summary: string;
  /** What it means for users. */
  readonly description: string;
  /** What to do, as Markdown, for the page of alerts. */
  readonly runbook: string;
}

const RANGE = "15m";
const DAY_S = 24 * 60 * 60;
const SINK = "{{ $labels.kind }} {{ $labels.namespace }}/{{ $labels.sink }}";

const VERDICTS: readonly Alert[] = [
  {
    name: "KollectSinkConnectionTestFailures",
    severity: "warning",
    measure: `sum by (type) (increase(${NAME.verdicts}{result="failure"}[${RANGE}]))`,
    when: "> 0",
    for: "0m",
    summary: "Connection tests of {{ $labels.type }} sinks fail.",
    description: `At least one connection test of a {{ $labels.type }} sink ended with the verdict False in the last ${RANGE}.`,
    runbook: `Run \`kubectl kollect get -A\` and look for the verdict False; \`kubectl kollect explain CAUSE\` says what the cause
means and how to fix it. The dashboard shows the causes. If a sink is not supposed to work, delete its test.`,
  },
  {
    name: "KollectSinkNotWorking",
    severity: "warning",
    measure: NAME.lastResult,
    when: "== 0",
    for: "15m",
    summary: `${SINK} does not work.`,
    description:
      "The last connection test of this sink ended with the verdict False, and none was True since.",
    runbook: `Only with \`KOLLECT_SINK_METRICS\`. Run \`kubectl kollect test KIND/NAME -n NAMESPACE\` for a current
verdict. Fix what it names, and test again: the alert resolves with the first True verdict.`,
  },
  ...[
    { name: "KollectSinkCertificateExpiresSoon", severity: "warning", days: 14 } as const,
    { name: "KollectSinkCertificateExpires", severity: "critical", days: 2 } as const,
  ].map(
    ({ name, severity, days }): Alert => ({
      name,
      severity,
      measure: `${NAME.certificateExpiry} - time()`,
      when: `< ${days * DAY_S}`,
      for: "1h",
      summary: `The server certificate of ${SINK} expires in less than ${days} days.`,
      description: "Exports to this sink fail when the certificate expires.",
      runbook: `Only with \`KOLLECT_SINK_METRICS\`. Renew the certificate on the sink's server, or find out why it was not renewed.
Then run \`kubectl kollect test KIND/NAME -n NAMESPACE\`: the metric shows the certificate of the last test.`,
    }),
  ),
  {
    name: "KollectProbeInternalError",
    severity: "warning",
    measure: `sum by (type) (increase(${NAME.causes}{cause="Internal"}[${RANGE}]))`,
    when: "> 0",
    for: "0m",
    summary: "A probe of a {{ $labels.type }} sink hit an error of the operator.",
    description:
      "A verdict has the cause Internal, which is a fault of the operator and says nothing about the sink.",
    runbook: `Find the line "a probe hit an unexpected error" in the watcher's log, and report it. The verdict of the
test says nothing about the sink; \`kubectl kollect check\` with the sink's file may give a verdict.`,
  },
];

const OPERATOR: readonly Alert[] = [
  {
    name: "KollectOperatorUnhealthy",
    severity: "critical",
    measure: NAME.health,
    when: "== 0",
    for: "2m",
    summary: "A process of the Kollect connection test operator is not live.",
    description: "Something is wrong that only a restart can repair. The kubelet restarts the container.",
    runbook: `The log of the pod and its \`/livez\` show what is wrong: see [health](reference.md#health-and-metrics).
If the problem returns after the restart, run \`kubectl kollect doctor\`.`,
  },
  {
    name: "KollectOperatorAbsent",
    severity: "critical",
    measure: NAME.health,
    when: "absent",
    for: "10m",
    summary: "No process of the Kollect connection test operator is scraped.",
    description: "Tests get no verdict, or Prometheus does not reach the operator.",
    runbook: `Run \`kubectl kollect doctor\`. If it finds the operator ready, check the targets in Prometheus: the
ServiceMonitors and NetworkPolicies must allow Prometheus to reach port 3000.`,
  },
];

const LOAD: readonly Alert[] = [
  {
    name: "KollectTestsWaitLong",
    severity: "warning",
    measure: quantile(0.95, NAME.wait, { range: RANGE }),
    when: "> 60",
    for: "15m",
    summary: "Connection tests wait for more than a minute before they are probed.",
    description: "One test in twenty waits that long for a slot, its sink or its Secret.",
    runbook: `Check the slots and the queue in the dashboard. If the slots are full, raise
\`KOLLECT_MAX_CONCURRENT_PROBES\`, or find the backend that responds slowly. If slots are free, tests wait for sinks
or Secrets that do not exist.`,
  },
  {
    name: "KollectProbeSlotsFull",
    severity: "warning",
    measure: `sum by (lane) (${NAME.slotsInUse}) / sum by (lane) (${NAME.slots})`,
    when: "> 0.9",
    for: "15m",
    summary: "More than 90 % of the {{ $labels.lane }} slots for probes are in use.",
    description: "Further tests will have to wait.",
    runbook: `Slow slots fill up if backends do not respond: check the causes. Quick slots fill up if there are more
tests than \`KOLLECT_MAX_CONCURRENT_PROBES\` allows: raise it.`,
  },
  {
    name: "KollectAPIServerSlow",
    severity: "warning",
    measure: quantile(0.95, NAME.requests, { by: "method", range: RANGE }),
    when: "> 1",
    for: "15m",
    summary: "The API server takes more than a second for {{ $labels.method }} requests of the operator.",
    description: "Verdicts and deletions are delayed.",
    runbook: `Check the API server's latency and its priority and fairness metrics. The operator's requests come from
one service account, to which a FlowSchema can assign a separate priority level.`,
  },
  {
    name: "KollectAPIRequestsFail",
    severity: "warning",
    measure: `(sum(rate(${NAME.requests}_count{answer=~"5xx|none"}[${RANGE}])) or vector(0)) / sum(rate(${NAME.requests}_count[${RANGE}]))`,
    when: "> 0.05",
    for: "15m",
    summary: "More than 5 % of the operator's requests to the API server fail.",
    description: "The responses were 5xx, or there was none. The operator retries, so verdicts are delayed.",
    runbook: `The dashboard shows the responses. \`5xx\`: the API server or etcd has a problem. \`none\`: there was no
response; check the network between the operator's pods and the API server.`,
  },
  {
    name: "KollectTestDeletionsLate",
    severity: "info",
    measure: quantile(0.95, NAME.deletionDelay, { range: RANGE }),
    when: "> 60",
    for: "15m",
    summary: "Finished connection tests are deleted more than a minute late.",
    description: "Old tests accumulate in the cluster.",
    runbook: `The API server is slow, or more tests expire than it can delete. Vary \`ttlSecondsAfterFinished\` to
spread the deletions.`,
  },
  {
    name: "KollectTestDeletionsFail",
    severity: "warning",
    measure: `sum(increase(${NAME.deletionFailures}[${RANGE}]))`,
    when: "> 0",
    for: "15m",
    summary: "Finished connection tests cannot be deleted.",
    description: "Old tests accumulate in the cluster. The operator retries.",
    runbook: `The watcher's log has a line for each attempt with the API server's response: a missing right to
\`delete\`, or an admission policy that rejects it.`,
  },
  {
    name: "KollectEventsDropped",
    severity: "info",
    measure: `sum(increase(${NAME.eventsDropped}[${RANGE}]))`,
    when: "> 0",
    for: "0m",
    summary: "Events about verdicts were dropped.",
    description: "Verdicts and the audit log are complete; some Events are missing.",
    runbook: `Raise \`KOLLECT_EVENT_RATE_PER_SECOND\` or \`KOLLECT_EVENT_QUEUE_SIZE\`, or turn Events off with
\`KOLLECT_EVENTS\`. The watcher's log shows whether the API server refused them.`,
  },
  {
    name: "KollectSinksNotShown",
    severity: "info",
    measure: `sum(increase(${NAME.notShown}[1h]))`,
    when: "> 0",
    for: "0m",
    summary: "Some sinks are not in the metrics with names.",
    description: "The metrics show 1,000 sinks by name. Alerts about single sinks do not cover the others.",
    runbook: `Only with \`KOLLECT_SINK_METRICS\`. Delete unused sinks, or restart the watcher, which then shows the
sinks that are probed first.`,
  },
];

/** Every alert, the most important ones first in each part. */
export const ALERTS: readonly Alert[] = [...VERDICTS, ...OPERATOR, ...LOAD];

/** The condition of an alert in PromQL. */
export function expressionOf({ measure, when }: Pick<Alert, "measure" | "when">): string {
  return when === "absent" ? `absent(${measure})` : `${measure} ${when}`;
}
