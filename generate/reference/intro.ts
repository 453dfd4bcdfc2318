import { connectionTest } from "../../capabilities/api/schema/connection-test";
import { BACKEND_NAMES, GROUP, VERSION } from "../../capabilities/api/vocabulary";
import { code, row, section, table } from "./markdown";

/** Title, advice, purpose, and how a test relates to other objects. */
export function intro(): string {
  return `# ${connectionTest.kind}

**API**: \`${GROUP}/${VERSION}\` · **Scope**: namespaced · **Reconciled**: yes · **Short name**: \`${connectionTest.shortName}\`

> **For production, prefer this resource over \`spec.connectionTest: true\` on a sink.** A test records who
> requested it, what was probed and the result, and it ends; the field of the sink probes again with every change
> and keeps only the last condition. By default, a test is deleted 300 seconds after its verdict.

## What it is for

A \`${connectionTest.kind}\` probes one sink once and keeps the verdict: \`KollectSnapshotSink\`,
\`KollectDatabaseSink\` or \`KollectEventSink\`. Create one in a pipeline, from a runbook or after a rotation of
credentials, if the result must be recorded and the sink must not change. It supplements the triggers of sinks: the
field \`spec.connectionTest\` and the annotation \`kollect.dev/test-connection\`.

${placeInPipeline()}`;
}

function placeInPipeline(): string {
  const picture = code(
    "mermaid",
    `flowchart LR
  Test[KollectConnectionTest] -->|sinkRef| Sink[Sink]
  Sink -->|secretRef, databaseRef| Secret[(Secret)]
  Test -->|probe| Backend[(${Object.values(BACKEND_NAMES).join(", ")})]`,
  );
  return section(
    "How it fits the pipeline",
    picture,
    table(
      ["Relation", "Rule"],
      [
        row(
          "Sink",
          "`spec.sinkRef` has exactly one of `snapshotSinkRef`, `databaseSinkRef`, `eventSinkRef`; the sink is in the test's namespace",
        ),
        row("Profile", "`spec.profileRef` is reserved for composite probes; it is accepted with a warning"),
        row(
          "Owner",
          "`spec.ownerSink: true` (the default) makes the sink an owner: deleting the sink deletes the test",
        ),
      ],
    ),
    "[data-flows.md](data-flows.md) describes the life of a test from creation to deletion.",
  );
}
