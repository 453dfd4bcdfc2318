import { metricsTable } from "./metrics";
import { row, section, table } from "./markdown";

/** What the operator's processes answer to those who look after them. */
export function health(): string {
  return section(
    "Health and metrics",
    `Both Deployments serve HTTPS on port 3000. The probes of the framework's manifests ask \`/healthz\` for readiness and
for liveness; \`/readyz\` and \`/livez\` answer one question each, for manifests that can tell them apart. A refusal is a
503 with one sentence for each reason. \`/healthz\` never refuses because a kind is missing: the framework's Deployments
would start the pod again and again for it.`,
    table(
      ["Path", "OK when"],
      [
        row(
          "`/readyz`",
          "The process is live, the framework serves its webhooks, and every watch was synced once",
        ),
        row(
          "`/livez`",
          "Nothing is wrong for longer than `KOLLECT_STUCK_AFTER_SECONDS` that does not recover by itself",
        ),
        row("`/healthz`", "The process is live, and the framework serves its webhooks"),
        row("`/metrics`", "Always: the framework's metrics, and the watcher's own `kollect_…` after them"),
      ],
    ),
    `A watcher is no longer live when one of these lasts: a watch is not connected although the API server lists its kind; a
list does not end within a minute although the API server answers others; a verdict that was written does not come back by
the watch; a probe goes on after its deadline; a probe could start and does not; slots belong to probes that have ended; a
finished test is due and is not deleted. An API server that is away is none of them, because a new process could do no better.`,
    `These are the metrics of the operator. Labels hold closed words; those of the rows that need \`KOLLECT_SINK_METRICS\` hold
the namespaces, kinds and names of sinks, which all users who may read the metrics then see. They show the first 1,000 sinks
that were probed since the process started; a sink that is deleted makes room for another. [Alerts](alerts.md) says which
rules and dashboard come with the operator.`,
    metricsTable(),
  );
}
