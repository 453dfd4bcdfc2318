import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import type { FailureError } from "../../../../capabilities/domain/failure";
import { KEY_COLUMNS } from "../../../../capabilities/probes/postgres/needs/columns";
import { column, COLUMNS, existing, further, type Given, KEY, relation, verdict } from "./catalog-verdict";

describe("a table that does not take the exporter's statements", () => {
  const rows: ReadonlyArray<readonly [string, Given, Cause, string]> = [
    [
      "a column missing",
      { catalog: { columns: COLUMNS.slice(1) } },
      "TargetNotFound",
      "has no column inventory_namespace",
    ],
    [
      "a column that takes no text",
      { catalog: column("target_name", { type: 23 }) },
      "TargetNotFound",
      "ALTER COLUMN target_name TYPE text;",
    ],
    [
      "a column too short for a UID",
      { catalog: column("source_uid", { type: 1043, limit: 20 }) },
      "TargetNotFound",
      "ALTER COLUMN source_uid TYPE text;",
    ],
    [
      "a generated column",
      { catalog: column("cluster", { isGenerated: true }) },
      "TargetNotFound",
      "DROP EXPRESSION;",
    ],
    [
      "a further NOT NULL column",
      { catalog: further({ isRequired: true }) },
      "TargetNotFound",
      "NOT NULL without a default",
    ],
    [
      "a sequence that gives no numbers",
      { details: { defaults: { lacksSequence: true } } },
      "PermissionDenied",
      "Grant USAGE on that sequence",
    ],
    [
      "no key",
      { catalog: { indexes: [] } },
      "TargetNotFound",
      "CREATE UNIQUE INDEX ON public.inventory (inventory_namespace, inventory_name, target_name, source_uid);",
    ],
    [
      "a partial key",
      { catalog: { indexes: [{ ...KEY, isPlain: false }] } },
      "TargetNotFound",
      "no plain unique index",
    ],
    [
      "a key of five columns",
      { catalog: { indexes: [{ ...KEY, columns: [...KEY_COLUMNS, "cluster"] }] } },
      "TargetNotFound",
      "no plain unique index",
    ],
    [
      "a deferrable key",
      { catalog: { indexes: [KEY, { ...KEY, isImmediate: false }] } },
      "TargetNotFound",
      "is DEFERRABLE",
    ],
    [
      "an index of the name",
      { catalog: relation({ kind: "i" }) },
      "TargetNotFound",
      "is an index, not a table",
    ],
    ["a foreign table", { catalog: relation({ kind: "f" }) }, "TargetNotFound", "is a foreign table"],
    ["something new", { catalog: relation({ kind: "?" }) }, "TargetNotFound", "is no table"],
    [
      "a view that passes nothing on",
      {
        catalog: relation({ kind: "v" }),
        details: {
          view: {
            isUpdatable: false,
            hasKey: true,
            mayWrite: true,
            hasRequired: false,
            lacksPartition: false,
          },
        },
      },
      "TargetNotFound",
      "is a view that does not pass",
    ],
    [
      "a view, existing, for the next release",
      {
        catalog: relation({ kind: "v" }),
        details: {
          view: {
            isUpdatable: true,
            hasKey: true,
            mayWrite: true,
            hasRequired: false,
            lacksPartition: false,
          },
        },
        sink: existing,
        version: "next",
      },
      "TargetNotFound",
      "which the next release of Kollect does not take",
    ],
    [
      "a view over a table without a key",
      {
        catalog: relation({ kind: "v" }),
        details: {
          view: {
            isUpdatable: true,
            hasKey: false,
            mayWrite: true,
            hasRequired: false,
            lacksPartition: false,
          },
        },
      },
      "TargetNotFound",
      "The table of view public.inventory",
    ],
    [
      "a view that may not write",
      {
        catalog: relation({ kind: "v" }),
        details: {
          view: {
            isUpdatable: true,
            hasKey: true,
            mayWrite: false,
            hasRequired: false,
            lacksPartition: false,
          },
        },
      },
      "PermissionDenied",
      "may not write to its table",
    ],
    [
      "a rule",
      { details: { rules: { onUpsert: true, onDelete: false } } },
      "TargetNotFound",
      "refuses ON CONFLICT",
    ],
    [
      "no partition",
      { details: { partitions: { any: false, all: false } } },
      "TargetNotFound",
      "has no partition",
    ],
    [
      "no policy for updates",
      { details: { policies: { select: true, insert: true, update: false } } },
      "PermissionDenied",
      "no policy lets user kollect UPDATE. Run: CREATE POLICY kollect ON public.inventory FOR ALL TO kollect",
    ],
  ];
  it.each(rows)("%s", (_what, given, cause, words) => {
    const failure = verdict(given);
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
    const { message } = failure as FailureError["failure"];
    expect(message).toContain(words);
    expect(message.length).toBeLessThanOrEqual(300);
    // The name of the further column is the server's own.
    expect(message).not.toContain("hunter22");
  });
});
