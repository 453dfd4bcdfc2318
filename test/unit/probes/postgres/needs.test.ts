import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import type { FailureError } from "../../../../capabilities/domain/failure";
import {
  all,
  closed,
  column,
  ensure,
  existing,
  further,
  type Given,
  KEY,
  MISSING,
  relation,
  verdict,
  WORKING,
} from "./catalog-verdict";

describe("needs that are met", () => {
  it.each<readonly [string, Given]>([
    ["a table with all rights", {}],
    ["no CREATE, existing", { catalog: closed, sink: existing }],
    ["no table, ensure", { catalog: MISSING, sink: ensure }],
    [
      "a partitioned table with partitions",
      { catalog: relation({ kind: "p" }), details: { partitions: { any: true, all: true } } },
    ],
    ["a further column that may be NULL", { catalog: further({}) }],
    ["further indexes", { catalog: { indexes: [KEY, { ...KEY, columns: ["cluster"] }] } }],
    [
      "an updatable view",
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
      },
    ],
    [
      "a view whose key cannot be told",
      {
        catalog: relation({ kind: "v" }),
        details: {
          view: {
            isUpdatable: true,
            hasKey: null,
            mayWrite: null,
            hasRequired: false,
            lacksPartition: false,
          },
        },
      },
    ],
    ["policies for all", { details: { policies: { select: true, insert: true, update: true } } }],
  ])("%s", (_what, given) => expect(verdict(given)).toBe("may"));
});

describe("needs that are not met", () => {
  const rows: ReadonlyArray<readonly [string, Given, Cause, string]> = [
    [
      "a standby",
      { catalog: { session: { ...WORKING.session, standby: true } } },
      "PermissionDenied",
      "target_session_attrs=read-write",
    ],
    [
      "read-only sessions",
      { catalog: { session: { ...WORKING.session, readOnly: true } } },
      "PermissionDenied",
      "default_transaction_read_only",
    ],
    [
      "no schema",
      { catalog: { ...MISSING, schema: undefined }, sink: { schema: "sales" } },
      "TargetNotFound",
      "Database app at db.shop:5432 has no schema sales. Check spec.postgres.schema, or run in that database: CREATE SCHEMA sales;",
    ],
    [
      "no table, existing",
      { catalog: MISSING, sink: existing },
      "TargetNotFound",
      "has no table public.inventory. Create it, or set spec.provisioning.mode to ensure.",
    ],
    [
      "no table of a name with a dot, existing",
      { catalog: MISSING, sink: { ...existing, table: "sales.t" } },
      "TargetNotFound",
      "Write the schema into spec.postgres.schema.",
    ],
    [
      "no CREATE, ensure, no table",
      { catalog: { ...MISSING, ...closed }, sink: ensure },
      "PermissionDenied",
      "Run in database app: GRANT CREATE ON SCHEMA public TO kollect;",
    ],
    [
      "no CREATE, ensure, table",
      { catalog: closed, sink: ensure },
      "PermissionDenied",
      "GRANT CREATE ON SCHEMA public TO kollect;",
    ],
    [
      "no CREATE, a name with a dot",
      { catalog: { ...MISSING, ...closed }, sink: { ...ensure, table: "sales.t" } },
      "PermissionDenied",
      "If table t of schema sales is meant, write them into spec.postgres.table and spec.postgres.schema.",
    ],
    [
      "no USAGE",
      { catalog: { schema: { mayUse: false, mayCreate: true } } },
      "PermissionDenied",
      "GRANT USAGE ON SCHEMA public TO kollect;",
    ],
    [
      "a type of the name",
      { catalog: MISSING, details: { typeTaken: true }, sink: ensure },
      "TargetNotFound",
      "A type is named public.inventory",
    ],
    [
      "no TEMPORARY",
      { catalog: { session: { ...WORKING.session, mayUseTemporary: false } } },
      "PermissionDenied",
      "GRANT TEMPORARY ON DATABASE app TO kollect;",
    ],
    [
      "nothing on the table",
      {
        catalog: {
          ...all({ maySelect: false, mayInsert: false, mayUpdate: false }),
          ...relation({ mayDelete: false }),
        },
      },
      "PermissionDenied",
      "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.inventory TO kollect;",
    ],
    [
      "no SELECT on a column",
      { catalog: column("payload", { maySelect: false }) },
      "PermissionDenied",
      "GRANT SELECT (payload) ON TABLE public.inventory TO kollect;",
    ],
    [
      "no UPDATE on a column",
      { catalog: column("cluster", { mayUpdate: false }) },
      "PermissionDenied",
      "GRANT UPDATE (cluster) ON TABLE",
    ],
    ["no DELETE", { catalog: relation({ mayDelete: false }) }, "PermissionDenied", "GRANT DELETE ON TABLE"],
    [
      "several at once",
      { catalog: { ...relation({ mayDelete: false }), ...closed }, sink: ensure },
      "PermissionDenied",
      "GRANT CREATE ON SCHEMA public TO kollect; GRANT DELETE ON TABLE public.inventory TO kollect;",
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

describe("the GRANT in a message", () => {
  it("can be copied for names that need quotes", () => {
    const failure = verdict({
      catalog: column("payload", { maySelect: false }),
      sink: { schema: "My Schema", table: 'In"ventory' },
      user: "Kollect User",
    });
    expect((failure as FailureError["failure"]).message).toContain(
      'GRANT SELECT (payload) ON TABLE "My Schema"."In""ventory" TO "Kollect User";',
    );
  });
  it.each(["user", "order", "select"])("has quotes around the reserved word %s", (table) => {
    const failure = verdict({ catalog: relation({ mayDelete: false }), sink: { table } });
    expect((failure as FailureError["failure"]).message).toContain(
      `GRANT DELETE ON TABLE public."${table}" TO`,
    );
  });
  it("names columns only where there is room, and one object at a time", () => {
    const failure = verdict({
      catalog: {
        ...all({ mayInsert: false }),
        ...column("payload", { maySelect: false, mayUpdate: false }),
        ...closed,
      },
      sink: { ...ensure, table: "t".repeat(63) },
    });
    const { message } = failure as FailureError["failure"];
    expect(message.length).toBeLessThanOrEqual(300);
    expect(message).toMatch(/GRANT CREATE ON SCHEMA public TO kollect;$/);
  });
});
