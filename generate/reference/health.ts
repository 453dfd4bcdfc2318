import { metricsTable } from "./metrics";
import { row, section, table } from "./markdown";

/** The section about health endpoints and metrics. */
export function health(): string {
  return section(
    "Health and metrics",
    `Both Deployments serve HTTPS on port 3000. The framework's manifests use \`/healthz\` for readiness and liveness;
manifests that distinguish the two can use \`/readyz\` and \`/livez\`. A failure is a 503 with one sentence for each
reason. \`/healthz\` never fails because a kind is missing, because the framework's Deployments would then restart the
pod repeatedly.`,
    table(
      ["Path", "OK when"],
      [
        row(
          "`/readyz`",
          "The process is live, the framework serves its webhooks, and every watch has synced once",
        ),
        row(
          "`/livez`",
          "No problem that needs a restart has lasted longer than `KOLLECT_STUCK_AFTER_SECONDS`",
        ),
        row("`/healthz`", "The process is live, and the framework serves its webhooks"),
        row("`/metrics`", "Always: the framework's metrics, followed by the watcher's `kollect_…`"),
      ],
    ),
    `A watcher is no longer live if one of these persists: a watch is not connected although the API server lists its
kind; a list does not end within a minute although the API server responds to others; the watch does not deliver a
verdict that was written; a probe continues after its deadline; a probe could start but does not; slots belong to
probes that have ended; a finished test is due but not deleted. An unavailable API server is not among them, because a
restart would not help.`,
    `These are the metrics of the operator. Labels have a fixed set of values; those of the rows that need
\`KOLLECT_SINK_METRICS\` contain the namespaces, kinds and names of sinks, which are then visible to all users who may
read the metrics. They show the first 1,000 sinks that were probed since the process started; a deleted sink makes
room for another. [Alerts](alerts.md) lists the alert rules and the dashboard of the operator.`,
    metricsTable(),
  );
}
