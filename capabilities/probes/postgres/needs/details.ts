import { asked, bounds, type Catalog } from "./catalog";
import { EXPORT_COLUMNS, KEY_COLUMNS } from "./columns";
import { sqlText } from "../identifiers";
import type { PostgresTarget } from "../plan";
import type { Row, Session } from "../session";

/** What only some tables need to be asked. Each is absent for a table that does not need it. */
export interface Details {
  /** Whether a type has the name that the exporter would give its new table, whose row type needs it too. */
  readonly typeTaken?: boolean;
  readonly policies?: Policies;
  readonly triggers?: Triggers;
  readonly rules?: Rules;
  readonly partitions?: Partitions;
  readonly defaults?: Defaults;
  readonly view?: View;
}

/** For which commands row-level security has a permissive policy for the user; without one no row passes. */
export interface Policies {
  readonly select: boolean;
  readonly insert: boolean;
  readonly update: boolean;
}

export interface Triggers {
  /** Of the table's owner, not of constraints. */
  readonly own: boolean;
  /** Foreign keys of the table, or of others to it. */
  readonly foreignKeys: boolean;
}

export interface Rules {
  /** On INSERT with a command, or on UPDATE: the server then refuses ON CONFLICT. */
  readonly onUpsert: boolean;
  readonly onDelete: boolean;
}

export interface Partitions {
  readonly any: boolean;
  /** Whether every row finds a partition. */
  readonly all: boolean;
}

export interface Defaults {
  /** Whether a sequence behind a default gives the user no numbers. */
  readonly lacksSequence: boolean;
}

export interface View {
  /** Whether INSERT, UPDATE and DELETE are passed on to a table. */
  readonly isUpdatable: boolean;
  /** Whether that table has a plain unique index on the four key columns; null when their names there differ. */
  readonly hasKey: boolean | null;
  /** Whether that table can be written by the view's owner, or by the user for a view with security_invoker. */
  readonly mayWrite: boolean | null;
}

interface Question {
  readonly name: keyof Details;
  readonly isNeeded: (catalog: Catalog) => boolean;
  readonly text: (of: {
    readonly oid: string;
    readonly target: PostgresTarget;
    readonly major: number;
  }) => string;
}

const QUESTIONS: readonly Question[] = [
  {
    name: "typeTaken",
    isNeeded: ({ schema, relation }) => schema !== undefined && relation === undefined,
    // An array type would be renamed by the server.
    text: ({ target: { schema, table } }) => `
SELECT EXISTS (SELECT FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typname = ${sqlText(table)} AND n.nspname = ${sqlText(schema)} AND t.typelem = 0) AS "taken"`,
  },
  {
    name: "policies",
    isNeeded: ({ relation }) => relation?.rowSecurity === true,
    text: ({ oid, major }) => `
WITH policies AS (
  SELECT polcmd FROM pg_catalog.pg_policy WHERE polrelid = ${oid} ${major >= 10 ? "AND polpermissive" : ""}
    AND EXISTS (SELECT FROM pg_catalog.unnest(polroles) AS r (role)
      WHERE CASE r.role WHEN 0 THEN true ELSE pg_catalog.pg_has_role(r.role, 'USAGE') END))
SELECT EXISTS (SELECT FROM policies WHERE polcmd IN ('*', 'r')) AS "select",
  EXISTS (SELECT FROM policies WHERE polcmd IN ('*', 'a')) AS "insert",
  EXISTS (SELECT FROM policies WHERE polcmd IN ('*', 'w')) AS "update"`,
  },
  {
    name: "triggers",
    isNeeded: ({ relation }) => relation?.hasTriggers === true,
    text: ({ oid }) => `
SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = ${oid} AND NOT tgisinternal AND tgenabled <> 'D') AS "own",
  EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND ${oid} IN (conrelid, confrelid)) AS "foreignKeys"`,
  },
  {
    name: "rules",
    isNeeded: ({ relation }) => relation?.hasRules === true && relation.kind !== "v",
    // A rule that does nothing is a command of type CMD_NOTHING, which follows CMD_MERGE since 15.
    text: ({ oid, major }) => `
SELECT pg_catalog.bool_or(ev_type = '2' OR ev_type = '3'
    AND ev_action::pg_catalog.text NOT LIKE '({QUERY :commandType ${major >= 15 ? 7 : 6} %') AS "onUpsert",
  pg_catalog.bool_or(ev_type = '4') AS "onDelete" FROM pg_catalog.pg_rewrite WHERE ev_class = ${oid}`,
  },
  {
    name: "partitions",
    isNeeded: ({ relation }) => relation?.kind === "p",
    text: ({ oid, major }) => `
SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = ${oid}) AS "any",
  ${major >= 11 ? "partdefid <> 0" : "false"} AS "all" FROM pg_catalog.pg_partitioned_table WHERE partrelid = ${oid}`,
  },
  {
    name: "defaults",
    isNeeded: ({ columns }) =>
      columns.some(({ name, hasDefault }) => hasDefault && !EXPORT_COLUMNS.includes(name)),
    text: ({ oid }) => `
SELECT EXISTS (SELECT FROM pg_catalog.pg_attrdef a
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = a.oid
  JOIN pg_catalog.pg_class s ON s.oid = d.refobjid
  WHERE a.adrelid = ${oid} AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND CASE s.relkind WHEN 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') ELSE false END
  ) AS "lacksSequence"`,
  },
  {
    name: "view",
    isNeeded: ({ relation }) => relation?.kind === "v",
    text: ({ oid }) => `
WITH base AS (
  SELECT DISTINCT d.refobjid AS oid FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  WHERE r.ev_class = ${oid} AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> ${oid}),
keys AS (
  SELECT a.attrelid, pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS numbers
  FROM pg_catalog.pg_attribute a JOIN base b ON b.oid = a.attrelid
  WHERE a.attname IN (${KEY_COLUMNS.map(sqlText).join(", ")}) GROUP BY a.attrelid)
SELECT pg_catalog.pg_relation_is_updatable(${oid}, false) & 28 = 28 AS "isUpdatable",
  CASE WHEN (SELECT pg_catalog.count(*) FROM base) = 1
    AND (SELECT pg_catalog.cardinality(numbers) FROM keys) = ${KEY_COLUMNS.length}
  THEN EXISTS (SELECT FROM pg_catalog.pg_index i JOIN keys k ON k.attrelid = i.indrelid
    WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND k.numbers = ARRAY (SELECT key FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) AS u (key) ORDER BY key))
  END AS "hasKey",
  CASE WHEN (SELECT pg_catalog.count(*) FROM base) = 1 THEN (
    SELECT pg_catalog.has_any_column_privilege(w.oid, b.oid, 'SELECT') AND pg_catalog.has_any_column_privilege(w.oid, b.oid, 'INSERT')
      AND pg_catalog.has_any_column_privilege(w.oid, b.oid, 'UPDATE') AND pg_catalog.has_table_privilege(w.oid, b.oid, 'DELETE')
    FROM base b, (SELECT CASE WHEN reloptions::pg_catalog.text ~ 'security_invoker=(true|on|yes|1)'
      THEN (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) ELSE relowner END AS oid
      FROM pg_catalog.pg_class WHERE oid = ${oid}) w)
  END AS "mayWrite"`,
  },
];

/** Asks what this table needs beyond its catalog entries; nothing goes over the wire when that is nothing. */
export async function askDetails(
  session: Session,
  target: PostgresTarget,
  of: { readonly catalog: Catalog; readonly timeoutMs: number },
): Promise<Details> {
  const { catalog, timeoutMs } = of;
  const needed = QUESTIONS.filter(({ isNeeded }) => isNeeded(catalog));
  if (needed.length === 0) return {};
  const oid = String(catalog.relation?.oid ?? 0);
  const about = { oid, target, major: session.server.major ?? Infinity };
  const answers = await asked(
    session,
    [...bounds(timeoutMs), ...needed.map(({ text }) => text(about))].join(";\n"),
  );
  return Object.fromEntries(needed.map(({ name }, index) => [name, answerTo(name, answers[index + 2]?.[0])]));
}

function answerTo(name: keyof Details, row: Row = {}): unknown {
  return name === "typeTaken" ? row.taken === true : row;
}
