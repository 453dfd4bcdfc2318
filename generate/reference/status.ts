import { connectionTest } from "../../capabilities/api/schema/connection-test";
import {
  CONNECTION_CAUSES,
  SECRET_CAUSES,
  TRANSIENT_CAUSES,
  type Cause,
  type FailureReason,
} from "../../capabilities/api/vocabulary";
import { CAUSE_TEXTS } from "./causes";
import { fieldsOf, ruleOf, typeName } from "./fields";
import { row, section, table } from "./markdown";
import { REASON_TEXTS } from "./reasons";

function conditions(): string {
  return section(
    "Status conditions",
    table(
      ["Condition", "When", "Reasons", "Meaning", "What to do"],
      [
        row(
          "`ConnectionVerified=True`",
          "The probe succeeded",
          "`ConnectionOK`",
          "The sink would work",
          "Nothing",
        ),
        row(
          "`ConnectionVerified=False`",
          "The probe failed",
          "see [failure reasons](#failure-reasons)",
          "The sink would not work",
          "Fix the sink, its Secret, the network or TLS",
        ),
        row(
          "`ConnectionVerified=Unknown`",
          "There is no verdict yet",
          "`Pending`, `Probing`, or the failure reason during the grace period",
          "The result is not known yet",
          "Wait",
        ),
        row(
          "`Ready`",
          "With `ConnectionVerified`",
          "`ProbeSucceeded`, or as `ConnectionVerified`",
          "The same verdict, for tools that check `Ready`",
          "As above",
        ),
        row(
          "`Finished=True`",
          "After success or failure",
          "`Completed`",
          "This generation has its verdict",
          "Read it",
        ),
        row(
          "`Reconciling=True`",
          "While the test is in progress; otherwise absent",
          "`Probing`, `WaitingForSink`, `WaitingForSecret`, `RetryBackoff`",
          "The verdict will follow",
          "Wait",
        ),
        row(
          "`Stalled=True`",
          "After a final failure; otherwise absent",
          "the failure reason",
          "The operator does not retry",
          "Fix the cause and request another run",
        ),
        row(
          "`TLSInsecure=True`",
          "The peer was not verified; otherwise absent",
          "`VerificationSkipped`, `PlainText`",
          "The server that responded may not be the sink's",
          "Give the sink a CA, or turn TLS on",
        ),
        row(
          "`ExporterLimited=True`",
          "The configured version of Kollect's exporter has a limitation for this sink; otherwise absent",
          "the id of the first [limitation](limitations.md)",
          "Exports fail, overwrite something, or ignore a setting",
          "Follow the workaround in the message",
        ),
        row(
          "`SinkChanged=True`",
          "The sink, or a Secret that it names, has changed since the probe; otherwise absent",
          "`SinkGeneration`, `SecretVersion`",
          "The verdict applies to what was probed, not to the current state",
          "Request another run with a new value of `kollect.dev/requested-at`",
        ),
      ],
    ),
    `From its creation, a new test has \`ConnectionVerified\`, \`Ready\` and \`Finished\` as \`Unknown\` with reason
\`Pending\`, and \`observedGeneration: -1\`, so that no tool treats it as finished before the operator has processed
it.`,
  );
}

function fields(): string {
  const rows = fieldsOf(connectionTest.status, "status")
    .filter(({ path }) => !path.startsWith("status.conditions["))
    .map(({ path, schema }) =>
      row(
        `\`${path}\``,
        typeName(schema),
        schema.description ?? "",
        path.endsWith("cause") ? "" : ruleOf(schema),
      ),
    );
  return section("Status fields", table(["Field", "Type", "Description", "Values"], rows));
}

function reasons(): string {
  const rows = Object.entries(REASON_TEXTS).map(([reason, { cause, fix }]) =>
    row(`\`${reason}\``, cause, fix),
  );
  return section(
    "Failure reasons",
    table(["Reason", "Cause", "Fix"], rows),
    `While a sink, Secret or key does not exist yet, the verdict is \`Unknown\` for a short grace period (10 seconds
unless configured otherwise), then final. After success or failure the test is deleted \`ttlSecondsAfterFinished\` seconds later
(300 by default).`,
  );
}

function causes(): string {
  const rows = (reason: FailureReason, words: readonly Cause[]): string[][] =>
    words.map((word) => [
      `\`${word}\``,
      `\`${reason}\``,
      TRANSIENT_CAUSES.has(word) ? "yes" : "",
      CAUSE_TEXTS[word].meaning,
      CAUSE_TEXTS[word].fix,
    ]);
  return section(
    "Causes",
    `\`status.probe.cause\` says more precisely why a test failed. With \`spec.retryLimit\`, the operator retries
only after a transient cause.`,
    table(
      ["Cause", "Reason", "Transient", "Meaning", "Fix"],
      [...rows("SecretResolveFailed", SECRET_CAUSES), ...rows("ConnectionTestFailed", CONNECTION_CAUSES)],
    ),
  );
}

/** Conditions, status fields, failure reasons and causes. */
export function statusSections(): string {
  return [conditions(), fields(), reasons(), causes()].join("\n");
}
