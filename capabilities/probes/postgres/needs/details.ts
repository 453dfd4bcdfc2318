import { asked, bounds, type Catalog, type Column, type Relation } from "./catalog";
import { EXPORT_COLUMNS, FIRST_USER_TYPE } from "./columns";
import { sqlText, sqlTexts } from "../identifiers";
import { mayBePublished, publicationQuestion, type Publication } from "./publication";
import { isView, viewQuestion, type View } from "./view";
import type { PostgresTarget } from "../plan";
import type { Row, Session } from "../session";

/** Results of queries that only some tables need. Each is absent for a table that does not need it. */
export interface Details {
  /** Whether a type has the name of the exporter's new table, whose row type needs it too. */
  readonly typeTaken?: boolean;
  readonly policies?: Policies;
  readonly triggers?: Triggers;
  readonly rules?: Rules;
  readonly partitions?: Partitions;
  readonly defaults?: Defaults;
  readonly view?: View;
  readonly publication?: Publication;
  readonly domains?: Domains;
  readonly functions?: Functions;
}

/** Commands for which row-level security has a permissive policy for the user; without one no row passes. */
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

/** Of the types of columns that an INSERT does not name, and for which neither column nor type has a default. */
export interface Domains {
  readonly isRequired: boolean;
  readonly isChecked: boolean;
}

export interface Functions {
  /** Whether a default, generated column, constraint or index calls a function that the user may not. */
  readonly lacksExecute: boolean;
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
    isNeeded: ({ columns }) => columns.some(runsExpression),
    text: ({ oid }) => `
SELECT EXISTS (SELECT FROM pg_catalog.pg_attrdef a
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = a.oid
  JOIN pg_catalog.pg_class s ON s.oid = d.refobjid
  WHERE a.adrelid = ${oid} AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND CASE s.relkind WHEN 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') ELSE false END
  ) AS "lacksSequence"`,
  },
  { name: "view", isNeeded: isView, text: viewQuestion },
  { name: "publication", isNeeded: mayBePublished, text: publicationQuestion },
  {
    name: "domains",
    isNeeded: ({ columns }) => columns.some(isOfDomain),
    // A domain over a domain has its own default; its constraints apply in addition to those of its base domain.
    text: ({ oid, major }) => `
WITH RECURSIVE domains (number, isNotNull, oid, base) AS (
  SELECT a.attnum, a.attnotnull OR t.typnotnull, t.oid, t.typbasetype FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.atthasdef AND t.typdefault IS NULL
      AND ${major >= 10 ? "a.attidentity = ''" : "true"} AND a.attname NOT IN (${sqlTexts(EXPORT_COLUMNS)})
  UNION SELECT d.number, t.typnotnull, t.oid, t.typbasetype FROM domains d JOIN pg_catalog.pg_type t ON t.oid = d.base)
SELECT COALESCE(pg_catalog.bool_or(isNotNull), false) AS "isRequired",
  EXISTS (SELECT FROM pg_catalog.pg_constraint c JOIN domains d ON d.oid = c.contypid WHERE c.contype = 'c') AS "isChecked" FROM domains`,
  },
  {
    name: "functions",
    isNeeded: ({ relation, columns, indexes }) =>
      isTable(relation) &&
      (relation?.hasChecks === true ||
        columns.some(runsExpression) ||
        indexes.some(({ isPlain }) => !isPlain)),
    text: ({ oid, major }) => `
SELECT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  AND CASE d.classid
    WHEN 'pg_catalog.pg_attrdef'::pg_catalog.regclass THEN d.objid IN (SELECT f.oid FROM pg_catalog.pg_attrdef f
      JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
      WHERE f.adrelid = ${oid} AND a.attname NOT IN (${sqlTexts(EXPORT_COLUMNS)})
        ${major >= 18 ? "AND a.attgenerated <> 'v'" : ""})
    WHEN 'pg_catalog.pg_constraint'::pg_catalog.regclass THEN d.objid IN (
      SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = ${oid} AND contype = 'c')
    WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.objid IN (
      SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = ${oid})
    ELSE false END
  AND NOT pg_catalog.has_function_privilege(d.refobjid, 'EXECUTE')) AS "lacksExecute"`,
  },
];

function isTable(relation: Relation | undefined): boolean {
  return relation?.kind === "r" || relation?.kind === "p";
}

/** Whether an INSERT that does not name the column runs an expression. */
function runsExpression({ name, hasDefault }: Column): boolean {
  return hasDefault && !EXPORT_COLUMNS.includes(name);
}

/** Whether only the column's type decides its value in an INSERT that does not name it. */
function isOfDomain({ name, type, hasDefault }: Column): boolean {
  return type >= FIRST_USER_TYPE && !hasDefault && !EXPORT_COLUMNS.includes(name);
}

/** Runs the further queries that this table needs; sends nothing when there are none. */
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
