import { connectionTest } from "../../capabilities/api/schema/connection-test";
import { ANNOTATIONS } from "../../capabilities/api/vocabulary";
import { row, section, table } from "./markdown";

function lifecycle(): string {
  return section(
    "Lifecycle",
    `Created → verdict → deleted at \`completedAt\` + \`ttlSecondsAfterFinished\`.`,
    `- A test whose \`observedGeneration\` equals its generation is never probed again, not even after a restart of the
  operator or a change of labels.
- Any change of the spec before the deletion starts a new run, clears the old result and restarts the TTL.
- A TTL of 0 deletes the test as soon as its verdict is written.
- Tests of the same sink, generation, timeout and retry limit that are pending at the same time share one probe.
  \`status.probeId\` is then the same for all of them.
- The sink and its Secrets are read when the probe starts, never from a cache.
- If you delete a test during its run, its part in the run ends. If you delete a sink, the tests that it owns are
  deleted.
- The Events and the operator's audit lines remain, one line for each run that dialled or has a verdict.`,
  );
}

function columns(): string {
  return section(
    "Columns",
    table(
      ["Column", "Shown", "From", "Description"],
      connectionTest.columns.map(({ name, jsonPath, priority, description }) =>
        row(name.toUpperCase(), priority === 1 ? "with `-o wide`" : "always", `\`${jsonPath}\``, description),
      ),
    ),
    "`kubectl get kollect` lists all four kinds together.",
  );
}

const ANNOTATION_TEXTS: Readonly<Record<keyof typeof ANNOTATIONS, [on: string, text: string]>> = {
  requestedAt: ["test", "A new value starts another run; admission copies it to `spec.requestedAt`."],
  requestedBy: [
    "test",
    "Who created the test or last changed its spec. Written by admission; any other value is overwritten.",
  ],
  retain: [
    "test",
    '`"true"` keeps the test after its TTL. If it is removed later, the test is deleted immediately.',
  ],
  testConnection: ["sink", '`"true"` requests one probe of the sink, if sink triggers are on.'],
};

function annotations(): string {
  const keys = Object.keys(ANNOTATION_TEXTS) as Array<keyof typeof ANNOTATIONS>;
  return section(
    "Annotations",
    table(
      ["Annotation", "On", "Meaning"],
      keys.map((key) => row(`\`${ANNOTATIONS[key]}\``, ...ANNOTATION_TEXTS[key])),
    ),
  );
}

function failureModes(): string {
  return section(
    "Common failure modes",
    table(
      ["Symptom", "Likely cause", "What to do"],
      [
        row(
          "The test was deleted before you could read it",
          "Its TTL expired",
          "Raise `ttlSecondsAfterFinished`, set `kollect.dev/retain`, or watch with `-w`; the Event and the audit line remain",
        ),
        row(
          "No new run after the fix",
          "The generation has not changed",
          "Change any field of the spec, or set `kollect.dev/requested-at`",
        ),
        row(
          "The probe succeeds, but the inventory fails",
          "A limitation of the exporter's version, something not proven, an older Secret in its cache, or its pod's network",
          "Read `ExporterLimited` and `status.probe.unproven`, then [what can still differ](accuracy.md#what-can-still-differ)",
        ),
        row(
          "A warning about the owner reference",
          "`ownerSink: true`, and the sink does not exist",
          "Create the sink before the test",
        ),
        row(
          "Many tests of one sink",
          "A pipeline creates one per run",
          "Harmless: tests that are pending together share a probe. Use unique names, and the TTL cleans up",
        ),
        row(
          "`kubectl wait` runs to its timeout",
          "It waits for success, and the probe failed",
          "Wait for `Finished`, then read the verdict",
        ),
      ],
    ),
  );
}

function differences(): string {
  return section(
    "Differences from Kollect's page",
    table(
      ["Kollect", "This operator, and why"],
      [
        row(
          "The operator may list and watch Secrets",
          "It may only `get` them: the other verbs would give it access to all Secrets, and are not needed",
        ),
        row(
          "Patching `spec.sinkRef` with the same value starts a new run",
          "The API server does not raise the generation for an equal value. Patch the TTL, or set `requested-at`, which changes nothing else",
        ),
        row(
          "The framework generates the CRD",
          "Its generator supports no defaults, bounds, rules, columns or status; here all manifests come from one schema in TypeScript",
        ),
        row("Three failure reasons", "`InvalidSinkRef` is added, for objects that bypassed the CRD's rules"),
      ],
    ),
  );
}

export const seeAlso = section(
  "See also",
  "[data-flows.md](data-flows.md), the life of a test · [quickstart.md](quickstart.md), with the quick test by annotation",
);

/** The sections about columns, annotations and lifecycle. */
export function lifeSections(): string {
  return [columns(), annotations(), lifecycle()].join("\n");
}

/** The sections about common failures, and about differences from Kollect's page. */
export function adviceSections(): string {
  return [failureModes(), differences()].join("\n");
}
