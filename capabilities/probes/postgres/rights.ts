import { NotPermittedToAsk } from "../not-permitted";
import { postgresFailure, sqlState } from "./errors";
import type { PostgresTarget } from "./plan";
import type { Session } from "./session";

/** What the catalog says about the sink's table and the user's rights. */
export interface Rights {
  readonly standby: boolean;
  /** `default_transaction_read_only` of this user, database and session. */
  readonly readOnly: boolean;
  /** The schema that was named, or where search_path would create; undefined when there is none. */
  readonly schema: SchemaRights | undefined;
  /** Undefined when none was found. */
  readonly table: TableRights | undefined;
}

export interface SchemaRights {
  readonly name: string;
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
}

export interface TableRights {
  readonly schema: SchemaRights;
  /** `pg_class.relkind` */
  readonly kind: string;
  /** On the table, or on any of its columns. */
  readonly mayInsert: boolean;
  readonly mayUpdate: boolean;
  /** False for a view or foreign table that does not pass writes on. */
  readonly writable: boolean;
  /** Whether row-level security leaves a way in: it is not active, or a policy for the user lets rows pass. */
  readonly insertPolicy: boolean;
  readonly updatePolicy: boolean;
}

// Names arrive as parameters. A new session knows nothing of the catalog yet, so that planning costs it far more than
// running: small questions to single tables take half the time of one that joins them all (measured on PostgreSQL 18),
// and what only some tables need is asked for those alone.

const SESSION_QUERY = `
SELECT pg_catalog.pg_is_in_recovery() AS "standby",
  pg_catalog.current_setting('default_transaction_read_only') = 'on' AS "readOnly",
  pg_catalog.current_schemas(false)::pg_catalog.text[] AS "searchPath"`;

const SCHEMAS_QUERY = `
SELECT oid, nspname::pg_catalog.text AS "name",
  pg_catalog.has_schema_privilege(oid, 'USAGE') AS "mayUse",
  pg_catalog.has_schema_privilege(oid, 'CREATE') AS "mayCreate"
FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1::pg_catalog.text[])`;

/** A right on single columns counts, because a least-privilege credential may have no other. */
const TABLES_QUERY = `
SELECT oid, relnamespace AS "schemaOid", relkind::pg_catalog.text AS "kind",
  pg_catalog.has_any_column_privilege(oid, 'INSERT') AS "mayInsert",
  pg_catalog.has_any_column_privilege(oid, 'UPDATE') AS "mayUpdate",
  pg_catalog.row_security_active(oid) AS "rowSecurity"
FROM pg_catalog.pg_class
WHERE relname = $1::pg_catalog.text AND relnamespace = ANY ($2::pg_catalog.oid[])`;

/** Whether a view passes INSERT (8) and UPDATE (4) on. */
const UPDATABLE_QUERY = `SELECT pg_catalog.pg_relation_is_updatable($1::pg_catalog.oid, true) & 12 = 12 AS "writable"`;

/** The same for a foreign table, whose wrapper may have no handler to ask. */
const FOREIGN_QUERY = `
SELECT pg_catalog.pg_relation_is_updatable(t.ftrelid, true) & 12 = 12 AS "writable"
FROM pg_catalog.pg_foreign_table t
JOIN pg_catalog.pg_foreign_server s ON s.oid = t.ftserver
JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE t.ftrelid = $1::pg_catalog.oid AND w.fdwhandler <> 0`;

/**
 * What a policy says of single rows only a write could tell, but without any policy no row passes. `polpermissive` is
 * a column since PostgreSQL 10.
 */
const POLICIES_QUERY = `
WITH policies AS (
  SELECT p.polcmd
  FROM pg_catalog.pg_policy p
  WHERE p.polrelid = $1::pg_catalog.oid
    AND pg_catalog.to_jsonb(p) ->> 'polpermissive' IS DISTINCT FROM 'false'
    AND EXISTS (
      SELECT FROM pg_catalog.unnest(p.polroles) AS r (role)
      WHERE CASE r.role WHEN 0 THEN true ELSE pg_catalog.pg_has_role(r.role, 'USAGE') END)
)
SELECT EXISTS (SELECT FROM policies WHERE polcmd IN ('*', 'a')) AS "insertPolicy",
  EXISTS (SELECT FROM policies WHERE polcmd IN ('*', 'w')) AS "updatePolicy"`;

/**
 * Classes and codes of a server that does not understand the question: it speaks PostgreSQL's protocol, but has
 * another catalog. Whether it takes the sink's writes is not said by that.
 */
const NOT_UNDERSTOOD = ["42", "0A"];
const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Asks for the user's rights in a read-only transaction. Throws {@link NotPermittedToAsk} when the user may
 * not look into the catalog, or the server has none of this kind.
 * @param timeoutMs after which the server itself ends a query, also when the probe is gone
 */
export async function askRights(
  session: Session,
  target: PostgresTarget,
  timeoutMs: number,
): Promise<Rights> {
  try {
    const [own] = await session.query(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(timeoutMs))}; ${SESSION_QUERY}`,
    );
    const { standby, readOnly, searchPath } = own as unknown as SessionRow;
    const schemas = await schemasOf(session, target.schema === undefined ? searchPath : [target.schema]);
    const table = await findTable(session, target.table, schemas);
    await session.query("ROLLBACK");
    return { standby, readOnly, schema: schemas[0], table };
  } catch (error) {
    throw unanswered(sqlState(error)) ?? postgresFailure(error, session.where);
  }
}

interface SessionRow {
  readonly standby: boolean;
  readonly readOnly: boolean;
  readonly searchPath: readonly string[];
}

interface Schema extends SchemaRights {
  readonly oid: number;
}

interface Table extends Pick<TableRights, "kind" | "mayInsert" | "mayUpdate"> {
  readonly oid: number;
  readonly schemaOid: number;
  readonly rowSecurity: boolean;
}

/** Those that exist, in the order of their names. */
async function schemasOf(session: Session, names: readonly string[]): Promise<Schema[]> {
  const rows = (await session.query(SCHEMAS_QUERY, [names])) as unknown as Schema[];
  return rows.sort((one, other) => names.indexOf(one.name) - names.indexOf(other.name));
}

/** The table in the first of the schemas that has one of this name. */
async function findTable(
  session: Session,
  name: string,
  schemas: readonly Schema[],
): Promise<TableRights | undefined> {
  const rows = await session.query(TABLES_QUERY, [name, schemas.map(({ oid }) => oid)]);
  const tables = rows as unknown as Table[];
  for (const schema of schemas) {
    const table = tables.find(({ schemaOid }) => schemaOid === schema.oid);
    if (!table) continue;
    const { kind, mayInsert, mayUpdate } = table;
    const writable = await passesWritesOn(session, table);
    return { schema, kind, mayInsert, mayUpdate, writable, ...(await policiesOf(session, table)) };
  }
  return undefined;
}

async function passesWritesOn(session: Session, { oid, kind }: Table): Promise<boolean> {
  if (kind !== "v" && kind !== "f") return true;
  const [row] = await session.query(kind === "v" ? UPDATABLE_QUERY : FOREIGN_QUERY, [oid]);
  return row?.writable === true;
}

async function policiesOf(
  session: Session,
  { oid, rowSecurity }: Table,
): Promise<Pick<TableRights, "insertPolicy" | "updatePolicy">> {
  if (!rowSecurity) return { insertPolicy: true, updatePolicy: true };
  const [row] = await session.query(POLICIES_QUERY, [oid]);
  return { insertPolicy: row?.insertPolicy === true, updatePolicy: row?.updatePolicy === true };
}

function unanswered(state = ""): NotPermittedToAsk | undefined {
  if (state === INSUFFICIENT_PRIVILEGE) return new NotPermittedToAsk();
  if (!NOT_UNDERSTOOD.includes(state.slice(0, 2))) return undefined;
  return new NotPermittedToAsk("the server does not know the question for rights");
}
