import { describe, expect, it } from "vitest";
import type { Cause } from "../../../../capabilities/api/vocabulary";
import { FailureError } from "../../../../capabilities/domain/failure";
import { checkRights } from "../../../../capabilities/probes/postgres/authorize";
import type { Rights, SchemaRights, TableRights } from "../../../../capabilities/probes/postgres/rights";
import { postgresProbe } from "../../../../capabilities/probes/postgres/probe";
import { postgresCase, type CaseOverrides } from "../../../../lab/backends/postgres";
import { planOf } from "../../../../lab/backends/run-case";

const PUBLIC: SchemaRights = { name: "public", mayUse: true, mayCreate: true };
const TABLE: TableRights = {
  schema: PUBLIC,
  kind: "r",
  mayInsert: true,
  mayUpdate: true,
  writable: true,
  insertPolicy: true,
  updatePolicy: true,
};
const ALL: Rights = { standby: false, readOnly: false, schema: PUBLIC, table: TABLE };
const NO_TABLE: Partial<Rights> = { table: undefined };

function table(rights: Partial<TableRights>): Partial<Rights> {
  return { table: { ...TABLE, ...rights } };
}

function schema(rights: Partial<SchemaRights>): Partial<Rights> {
  return { schema: { ...PUBLIC, ...rights } };
}

function verdict(
  rights: Partial<Rights>,
  overrides: CaseOverrides,
  user = "kollect",
): FailureError["failure"] | "may" {
  const plan = planOf(postgresProbe, postgresCase(`host=db.shop dbname=app user='${user}'`, overrides));
  const where = { endpoint: "db.shop:5432", host: "db.shop", secured: true, plan };
  try {
    checkRights({ ...ALL, ...rights }, { where });
    return "may";
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

const existing = { provisioning: "existing" } as const;
const ensure = { provisioning: "ensure" } as const;

describe("rights that suffice", () => {
  it.each<readonly [string, Partial<Rights>, CaseOverrides]>([
    ["insert and update on the table, existing", schema({ mayCreate: false }), existing],
    ["insert and update on the table, ensure", schema({ mayCreate: false }), ensure],
    ["insert and update on the table, mode unset", schema({ mayCreate: false }), {}],
    ["a partitioned table", table({ kind: "p" }), existing],
    ["a foreign table", table({ kind: "f" }), existing],
    ["a view that passes writes on", table({ kind: "v" }), existing],
    ["CREATE on the schema for a table that is not there, ensure", NO_TABLE, ensure],
    ["CREATE on the schema for a table that is not there, mode unset", NO_TABLE, {}],
  ])("%s", (_what, rights, overrides) => expect(verdict(rights, overrides)).toBe("may"));
});

describe("rights that do not suffice", () => {
  const rows: ReadonlyArray<readonly [string, Partial<Rights>, CaseOverrides, Cause, string]> = [
    [
      "no table, existing",
      NO_TABLE,
      existing,
      "TargetNotFound",
      "no table inventory. Create it, or set spec.provisioning.mode to ensure.",
    ],
    [
      "no table in the schema, existing",
      NO_TABLE,
      { ...existing, schema: "sales" },
      "TargetNotFound",
      "no table sales.inventory",
    ],
    [
      "no insert",
      table({ mayInsert: false }),
      existing,
      "PermissionDenied",
      "GRANT INSERT ON public.inventory TO kollect;",
    ],
    [
      "no update",
      table({ mayUpdate: false }),
      ensure,
      "PermissionDenied",
      "GRANT UPDATE ON public.inventory TO kollect;",
    ],
    [
      "neither",
      table({ mayInsert: false, mayUpdate: false }),
      {},
      "PermissionDenied",
      "GRANT INSERT, UPDATE ON",
    ],
    [
      "no use of the table's schema",
      table({ schema: { ...PUBLIC, mayUse: false } }),
      existing,
      "PermissionDenied",
      "GRANT USAGE ON SCHEMA public TO",
    ],
    [
      "no CREATE, ensure",
      { ...NO_TABLE, ...schema({ mayCreate: false }) },
      ensure,
      "PermissionDenied",
      "GRANT CREATE ON SCHEMA public TO kollect;",
    ],
    [
      "neither CREATE nor USAGE",
      { ...NO_TABLE, ...schema({ mayCreate: false, mayUse: false }) },
      {},
      "PermissionDenied",
      "GRANT CREATE, USAGE ON SCHEMA",
    ],
    [
      "CREATE, but the table is there and closed",
      table({ mayInsert: false }),
      ensure,
      "PermissionDenied",
      "INSERT",
    ],
    [
      "no schema",
      { ...NO_TABLE, schema: undefined },
      { ...ensure, schema: "sales" },
      "TargetNotFound",
      "no schema sales",
    ],
    [
      "no schema in the search path",
      { ...NO_TABLE, schema: undefined },
      ensure,
      "TargetNotFound",
      "Set spec.postgres.schema",
    ],
    ["an index of that name", table({ kind: "i" }), existing, "TargetNotFound", "is an index, not a table"],
    ["a materialized view", table({ kind: "m" }), ensure, "TargetNotFound", "is a materialized view"],
    ["something new", table({ kind: "?" }), ensure, "TargetNotFound", "is no table"],
    [
      "a view that passes nothing on",
      table({ kind: "v", writable: false }),
      existing,
      "PermissionDenied",
      "is a view",
    ],
    [
      "a foreign table that passes nothing on",
      table({ kind: "f", writable: false }),
      existing,
      "PermissionDenied",
      "is a foreign table that does not pass",
    ],
    [
      "row-level security without a policy for either",
      table({ insertPolicy: false, updatePolicy: false }),
      existing,
      "PermissionDenied",
      "no policy lets user kollect INSERT or UPDATE. Run CREATE POLICY … ON public.inventory FOR ALL TO kollect",
    ],
    [
      "row-level security without a policy for updates",
      table({ updatePolicy: false }),
      ensure,
      "PermissionDenied",
      "FOR UPDATE TO kollect",
    ],
    ["a standby", { standby: true }, existing, "PermissionDenied", "target_session_attrs=read-write"],
    ["a read-only default", { readOnly: true }, ensure, "PermissionDenied", "default_transaction_read_only"],
  ];
  it.each(rows)("%s", (_what, rights, overrides, cause, words) => {
    const failure = verdict(rights, overrides);
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause });
    expect((failure as FailureError["failure"]).message).toContain(words);
  });
});

describe("the GRANT in a message", () => {
  it("can be copied for names that need quotes", () => {
    const failure = verdict(
      table({ mayInsert: false, schema: { ...PUBLIC, name: "My Schema" } }),
      { table: 'In"ventory' },
      "Kollect User",
    );
    expect((failure as FailureError["failure"]).message).toContain(
      'GRANT INSERT ON "My Schema"."In""ventory" TO "Kollect User";',
    );
  });
});
