import { describe, expect, it } from "vitest";
import { SINK_TYPES, type SinkType } from "../../../capabilities/api/vocabulary";
import { grantsFor } from "../../../cli/grants/grants";
import type { Sink } from "../../../capabilities/api/types";
import { page } from "../../project/markdown";

/** The sinks that the pages print rights for: each right there is a row of the truth table of the type. */
const ACCOUNT = "kollect@example-project.iam.gserviceaccount.com";
const SINKS: Partial<Record<SinkType, { readonly spec: object; readonly user?: string }>> = {
  postgres: { spec: { postgres: { table: "inventory" } } },
  mongodb: { spec: { mongodb: { database: "inventory", collection: "items" } } },
  bigquery: {
    spec: { bigquery: { project: "example-project", dataset: "inventory", table: "items" } },
    user: ACCOUNT,
  },
  kafka: { spec: { kafka: { brokers: ["BROKER"], topic: "TOPIC" } }, user: "USER" },
  nats: { spec: { nats: { subject: "inventory.items", stream: "INVENTORY" } } },
  s3: { spec: { endpoint: "s3://inventory/snapshots" } },
};

function printed(type: SinkType, mode?: "ensure" | "existing"): string[] {
  const { spec, user = "kollect" } = SINKS[type] ?? { spec: {} };
  const provisioning = mode ? { provisioning: { mode } } : {};
  const sink = { metadata: { name: "sink", namespace: "shop" }, spec: { type, ...spec, ...provisioning } };
  return [...grantsFor(sink as unknown as Sink, { user, database: "inventory" })];
}

/** A text without what may differ between a line of a command and the same one on a page. */
function packed(text: string): string {
  return text.replace(/\\\n/g, "").replace(/\s+/g, "");
}

/** The statements alone: what only says where to run them, and to whom a role is given, is not on the pages. */
function statements(type: SinkType, mode?: "ensure" | "existing"): string {
  const lines = printed(type, mode).filter((line) => !/^(?:--|#|db\.grantRolesToUser)/.test(line));
  return packed(lines.join("\n"));
}

describe("the statements for the least rights", () => {
  it.each(
    SINK_TYPES.filter((type) => SINKS[type]).flatMap((type) =>
      (["existing", "ensure", undefined] as const).map((mode) => [type, mode] as const),
    ),
  )("of %s with mode %s are those of its page", (type, mode) => {
    const text = packed(page(`docs/sinks/${type}.md`).text);
    // The page of BigQuery prints the commands for both modes one after the other.
    const parts = type === "bigquery" ? printed(type, mode).map(packed) : [statements(type, mode)];
    for (const part of parts) expect(text).toContain(part);
  });

  it("of a NATS sink without a stream are for the exporter's own, and dots in a name are underscores", () => {
    const grants = (stream?: string): string => {
      const spec = { type: "nats", nats: { subject: "a.b", ...(stream ? { stream } : {}) } };
      return grantsFor({ spec } as unknown as Sink, { user: "u", database: "d" }).join("\n");
    };
    expect(grants()).toContain('"$JS.API.STREAM.CREATE.kollect_events"');
    expect(grants("my.stream")).toContain('"$JS.API.STREAM.UPDATE.my_stream"');
  });

  it("of a MongoDB sink name what the exporter does beside writing", () => {
    expect(printed("mongodb", "existing").join()).not.toContain("createCollection");
    expect(printed("mongodb", "ensure").join()).toContain("createCollection");
  });

  it("of BigQuery are on the table where it exists, and on no more", () => {
    expect(printed("bigquery", "existing").join()).not.toContain("ON SCHEMA");
  });
});
