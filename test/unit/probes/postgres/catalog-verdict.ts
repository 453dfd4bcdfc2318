import { FailureError } from "../../../../capabilities/domain/failure";
import { checkNeeds } from "../../../../capabilities/probes/postgres/needs/authorize";
import type {
  Catalog,
  Column,
  Index,
  Relation,
} from "../../../../capabilities/probes/postgres/needs/catalog";
import { EXPORT_COLUMNS, KEY_COLUMNS } from "../../../../capabilities/probes/postgres/needs/columns";
import type { Details } from "../../../../capabilities/probes/postgres/needs/details";
import { postgresProbe } from "../../../../capabilities/probes/postgres/probe";
import { postgresCase, type CaseOverrides } from "../../../../lab/backends/postgres";
import { planOf } from "../../../../lab/backends/run-case";

export const TEXT: Omit<Column, "name"> = {
  type: 25,
  limit: null,
  isRequired: false,
  hasDefault: false,
  isGenerated: false,
  maySelect: true,
  mayInsert: true,
  mayUpdate: true,
};
const TYPES: Readonly<Record<string, number>> = { payload: 3802, exported_at: 1184 };
export const COLUMNS: readonly Column[] = EXPORT_COLUMNS.map((name) => ({
  ...TEXT,
  name,
  type: TYPES[name] ?? 25,
}));
export const KEY: Index = {
  columns: KEY_COLUMNS,
  isUnique: true,
  isExclusion: false,
  isPlain: true,
  isImmediate: true,
};
export const TABLE: Relation = {
  oid: 1,
  kind: "r",
  mayDelete: true,
  rowSecurity: false,
  hasTriggers: false,
  hasRules: false,
  hasChecks: false,
  isPartition: false,
};
export const WORKING: Catalog = {
  session: {
    standby: false,
    readOnly: false,
    mayUseTemporary: true,
    rowSecurityOff: false,
    hasPublications: false,
    hasEventTriggers: false,
    process: 1,
  },
  schema: { mayUse: true, mayCreate: true },
  relation: TABLE,
  columns: COLUMNS,
  indexes: [KEY],
};
export const MISSING: Partial<Catalog> = { relation: undefined, columns: [], indexes: [] };

/** How a catalog differs from that of a working set, and the sink from one of table inventory. */
export interface Given {
  readonly catalog?: Partial<Catalog>;
  readonly details?: Details;
  readonly sink?: CaseOverrides;
  readonly user?: string;
  readonly version?: "0.18" | "next";
}

/** The failure of a sink that is given this, or "may". */
export function verdict({
  catalog,
  details = {},
  sink = {},
  user = "kollect",
  version = "0.18",
}: Given): FailureError["failure"] | "may" {
  const exporter = { version, strict: false, privateSinks: "allowed" } as const;
  const plan = planOf(postgresProbe, postgresCase(`host=db.shop dbname=app user='${user}'`, sink), {
    ambientCredentials: false,
    exporter,
  });
  try {
    checkNeeds({ ...WORKING, ...catalog }, details, {
      endpoint: "db.shop:5432",
      host: "db.shop",
      secured: true,
      plan,
    });
    return "may";
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

export const ensure = { provisioning: "ensure" } as const;
export const existing = { provisioning: "existing" } as const;
export const column = (name: string, change: Partial<Column>): Partial<Catalog> => ({
  columns: COLUMNS.map((each) => (each.name === name ? { ...each, ...change } : each)),
});
export const all = (change: Partial<Column>): Partial<Catalog> => ({
  columns: COLUMNS.map((each) => ({ ...each, ...change })),
});
export const further = (change: Partial<Column>): Partial<Catalog> => ({
  columns: [...COLUMNS, { ...TEXT, name: "hunter22", ...change }],
});
export const relation = (change: Partial<Relation>): Partial<Catalog> => ({
  relation: { ...TABLE, ...change },
});
export const closed = { schema: { mayUse: true, mayCreate: false } };
