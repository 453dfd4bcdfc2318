import { NotPermittedToAsk } from "../../not-permitted";
import { postgresFailure, sqlState } from "../errors";
import { sqlText } from "../identifiers";
import type { PostgresTarget } from "../plan";
import type { Row, Session } from "../session";

/** The catalog's entries about the sink's table and the user's rights. */
export interface Catalog {
  readonly session: SessionFacts;
  /** Undefined when the schema does not exist. */
  readonly schema: SchemaRights | undefined;
  /** Undefined when the schema has no relation with the name. */
  readonly relation: Relation | undefined;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
}

export interface SessionFacts {
  readonly standby: boolean;
  /** `default_transaction_read_only` of this user, database and session. */
  readonly readOnly: boolean;
  /** TEMPORARY on the database. */
  readonly mayUseTemporary: boolean;
  /** Whether the server refuses statements that row-level security would filter. */
  readonly rowSecurityOff: boolean;
  /** Whether the database has publications, so that their tables must be queried. */
  readonly hasPublications: boolean;
  /** Whether an event trigger runs when a table is created. */
  readonly hasEventTriggers: boolean;
  /** The number of the server's process that answered. */
  readonly process: number;
}

export interface SchemaRights {
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
}

export interface Relation {
  readonly oid: number;
  /** `pg_class.relkind` */
  readonly kind: string;
  readonly mayDelete: boolean;
  /** Whether row-level security is active for this user. */
  readonly rowSecurity: boolean;
  /** Of the user's own and of foreign keys. */
  readonly hasTriggers: boolean;
  readonly hasRules: boolean;
  readonly hasChecks: boolean;
  readonly isPartition: boolean;
}

export interface Column {
  readonly name: string;
  /** `pg_type.oid` */
  readonly type: number;
  /** Maximum length of a character column; null when there is no limit. */
  readonly limit: number | null;
  /** Whether it is NOT NULL without a default of the column, although its type may have one. */
  readonly isRequired: boolean;
  /** Whether an INSERT that does not name it runs an expression. */
  readonly hasDefault: boolean;
  readonly isGenerated: boolean;
  readonly maySelect: boolean;
  readonly mayInsert: boolean;
  readonly mayUpdate: boolean;
}

export interface Index {
  /** Names of its key columns in their order. */
  readonly columns: readonly string[];
  readonly isUnique: boolean;
  readonly isExclusion: boolean;
  /** Neither partial, nor over expressions, nor invalid, so that ON CONFLICT can infer it. */
  readonly isPlain: boolean;
  /** False for a constraint that is DEFERRABLE. */
  readonly isImmediate: boolean;
}

/**
 * Classes and codes of a server that does not understand the query: it uses PostgreSQL's protocol, but has
 * another catalog. This does not show whether it accepts the sink's writes.
 */
const NOT_UNDERSTOOD = ["42", "0A"];
const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Queries everything that most tables need, in one text. Throws {@link NotPermittedToAsk} when the user may not read
 * the catalog, or the server has no such catalog.
 * @param timeoutMs after which the server itself ends a query, also when the client is gone
 */
export async function askCatalog(
  session: Session,
  target: PostgresTarget,
  timeoutMs: number,
): Promise<Catalog> {
  const text = [...bounds(timeoutMs), ...questions(target, session.server.major)].join(";\n");
  const [own, schemas, relations, columns, indexes] = (await asked(session, text)).slice(2);
  // The query has a row on every server.
  if (!own?.[0]) throw postgresFailure(new Error("no answer"), session.where);
  return {
    session: own[0] as unknown as SessionFacts,
    schema: schemas?.[0] as unknown as SchemaRights | undefined,
    relation: relations?.[0] as unknown as Relation | undefined,
    columns: (columns ?? []) as unknown as Column[],
    indexes: (indexes ?? []).map((index) => indexOf(index, columns ?? [])),
  };
}

/** Runs a text of queries, and turns a refusal into {@link NotPermittedToAsk}. */
export async function asked(session: Session, text: string): Promise<readonly (readonly Row[])[]> {
  try {
    return await session.script(text);
  } catch (error) {
    throw unanswered(sqlState(error)) ?? postgresFailure(error, session.where);
  }
}

/**
 * Statements that precede queries: they apply to the end of the text, which the server runs in a separate transaction.
 * A pooler that pools statements would refuse a block with BEGIN before it can be named.
 */
export function bounds(timeoutMs: number): readonly string[] {
  return [
    `SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(timeoutMs))}`,
    "SET LOCAL transaction_read_only = on",
  ];
}

function unanswered(state = ""): NotPermittedToAsk | undefined {
  if (state === INSUFFICIENT_PRIVILEGE) return new NotPermittedToAsk();
  if (!NOT_UNDERSTOOD.includes(state.slice(0, 2))) return undefined;
  return new NotPermittedToAsk("the server does not know the question for rights");
}

// A new session has an empty cache of the catalog, so that planning costs far more than running: small queries on
// single tables take half the time of one that joins them all (measured on PostgreSQL 18), and queries that only some
// tables need run only for those. Names are literals, because a text of several statements has no parameters.

function session(major: number): string {
  const hasPublications =
    major >= SUPPORTS.publications ? "EXISTS (SELECT FROM pg_catalog.pg_publication)" : "false";
  return `SELECT pg_catalog.pg_is_in_recovery() AS "standby",
  pg_catalog.current_setting('default_transaction_read_only') = 'on' AS "readOnly",
  pg_catalog.current_setting('row_security') = 'off' AS "rowSecurityOff",
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') AS "mayUseTemporary",
  ${hasPublications} AS "hasPublications",
  EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D' AND evtevent IN ('ddl_command_start', 'ddl_command_end')
    AND (evttags IS NULL OR 'CREATE TABLE' = ANY (evttags))) AS "hasEventTriggers",
  pg_catalog.pg_backend_pid() AS "process"`;
}

/** First versions whose catalog has them. */
const SUPPORTS = { identity: 10, publications: 10, includedColumns: 11, generated: 12 } as const;

function questions({ schema, table }: PostgresTarget, major = Infinity): readonly string[] {
  const namespace = `pg_catalog.to_regnamespace(${sqlText(quotedName(schema))})`;
  const relation = `(SELECT oid FROM pg_catalog.pg_class WHERE relname = ${sqlText(table)} AND relnamespace = ${namespace})`;
  const hasIdentity = major >= SUPPORTS.identity ? "attidentity <> ''" : "false";
  const isGenerated = major >= SUPPORTS.generated ? "attgenerated <> ''" : "false";
  const keys = major >= SUPPORTS.includedColumns ? "indnkeyatts" : "indnatts";
  return [
    session(major),
    `SELECT pg_catalog.has_schema_privilege(oid, 'USAGE') AS "mayUse",
  pg_catalog.has_schema_privilege(oid, 'CREATE') AS "mayCreate"
FROM pg_catalog.pg_namespace WHERE oid = ${namespace}`,
    `SELECT oid, relkind::pg_catalog.text AS "kind", pg_catalog.has_table_privilege(oid, 'DELETE') AS "mayDelete",
  pg_catalog.row_security_active(oid) AS "rowSecurity", relhastriggers AS "hasTriggers", relhasrules AS "hasRules",
  relchecks > 0 AS "hasChecks", ${major >= SUPPORTS.identity ? "relispartition" : "false"} AS "isPartition"
FROM pg_catalog.pg_class WHERE relname = ${sqlText(table)} AND relnamespace = ${namespace}`,
    `SELECT attname::pg_catalog.text AS "name", attnum AS "number", atttypid AS "type",
  CASE WHEN atttypmod > 4 THEN atttypmod - 4 END AS "limit",
  attnotnull AND NOT atthasdef AND NOT (${hasIdentity}) AS "isRequired", atthasdef AS "hasDefault",
  ${isGenerated} AS "isGenerated",
  pg_catalog.has_column_privilege(attrelid, attnum, 'SELECT') AS "maySelect",
  pg_catalog.has_column_privilege(attrelid, attnum, 'INSERT') AS "mayInsert",
  pg_catalog.has_column_privilege(attrelid, attnum, 'UPDATE') AS "mayUpdate"
FROM pg_catalog.pg_attribute WHERE attrelid = ${relation} AND attnum > 0 AND NOT attisdropped`,
    `SELECT indkey::pg_catalog.text AS "keys", ${keys} AS "count", indisunique AS "isUnique", indisexclusion AS "isExclusion",
  indisvalid AND indpred IS NULL AND indexprs IS NULL AS "isPlain", indimmediate AS "isImmediate"
FROM pg_catalog.pg_index WHERE indrelid = ${relation}`,
  ];
}

/** `to_regnamespace` reads a name as SQL does. */
function quotedName(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"`;
}

function indexOf(row: Row, columns: readonly Row[]): Index {
  const numbers = String(row.keys).split(" ").slice(0, Number(row.count)).map(Number);
  const nameOf = (number: number): string =>
    String(columns.find((each) => each.number === number)?.name ?? "");
  const { isUnique, isExclusion, isPlain, isImmediate } = row as unknown as Index;
  return { columns: numbers.map(nameOf), isUnique, isExclusion, isPlain, isImmediate };
}
