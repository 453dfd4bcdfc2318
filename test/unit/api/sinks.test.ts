import { describe, expect, it } from "vitest";
import { SINK_DEFINITIONS, type KindDefinition } from "../../../capabilities/api/schema";
import type { SinkKind } from "../../../capabilities/api/vocabulary";
import { contractOf } from "../../fixtures/kollect/sink-contract";
import { contractSchema } from "../../fixtures/kollect/sink-schema";
import { flattened } from "./flatten";

describe.each(SINK_DEFINITIONS.map((definition) => [definition.kind, definition] as const))(
  "schema of %s",
  (kind, definition) => {
    it("has exactly the fields, types and constraints of the contract", () => {
      expect(flattened(definition)).toEqual(contractOf(kind as SinkKind));
    });

    it("keeps whatever an exporter writes into status.preview", () => {
      expect(definition.status.properties?.["preview"]).toMatchObject({
        "x-kubernetes-preserve-unknown-fields": true,
      });
    });
  },
);

it("gives the sinks the short names of the contract", () => {
  expect(SINK_DEFINITIONS.map(({ kind, plural, shortName }) => [kind, plural, shortName])).toEqual([
    ["KollectSnapshotSink", "kollectsnapshotsinks", "ksnap"],
    ["KollectDatabaseSink", "kollectdatabasesinks", "kdb"],
    ["KollectEventSink", "kollecteventsinks", "kevt"],
  ]);
});

it.each(SINK_DEFINITIONS)("a CRD made of the contract of $kind alone has the same fields", (definition) => {
  const made = contractSchema(definition.kind as SinkKind) as Pick<KindDefinition, "spec" | "status">;
  expect(flattened({ ...definition, ...made })).toEqual(contractOf(definition.kind as SinkKind));
});
