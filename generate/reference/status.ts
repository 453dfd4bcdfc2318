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
          "`Pending`, `Probing`, or the failure reason during the grace",
          "Nothing is known",
          "Wait",
        ),
        row(
          "`Ready`",
          "With `ConnectionVerified`",
          "`ProbeSucceeded`, or as `ConnectionVerified`",
          "The same verdict, for tools that look at `Ready`",
          "As above",
        ),
        row(
          "`Finished=True`",
          "After either outcome",
          "`Completed`",
          "This generation has its verdict",
          "Read it",
        ),
        row(
          "`Reconciling=True`",
          "While there is work; otherwise absent",
          "`Probing`, `WaitingForSink`, `WaitingForSecret`, `RetryBackoff`",
          "A verdict is on its way",
          "Wait",
        ),
        row(
          "`Stalled=True`",
          "After a final failure; otherwise absent",
          "the failure reason",
          "Nothing more will happen by itself",
          "Fix the cause and ask again",
        ),
        row(
          "`TLSInsecure=True`",
          "The peer was not verified; otherwise absent",
          "`VerificationSkipped`, `PlainText`",
          "The server that answered may not be the sink's",
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
          "The sink, or a Secret that it names, is no longer what was probed; otherwise absent",
          "`SinkGeneration`, `SecretVersion`",
          "The verdict holds for what was probed, and says nothing of what is there now",
          "Ask for another run with a new value of `kollect.dev/requested-at`",
        ),
      ],
    ),
    `A new test carries \`ConnectionVerified\`, \`Ready\` and \`Finished\` as \`Unknown\` with reason \`Pending\` from its
creation on, and \`observedGeneration: -1\`, so that no tool takes it for finished before the operator looked at it.`,
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
    `A sink, Secret or key that is not there yet is \`Unknown\` for a short grace (10 seconds unless configured
otherwise), then final. After success or failure the test is deleted \`ttlSecondsAfterFinished\` seconds later
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
    `\`status.probe.cause\` says more closely why a test failed. \`spec.retryLimit\` asks for further attempts after a
transient cause only.`,
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
