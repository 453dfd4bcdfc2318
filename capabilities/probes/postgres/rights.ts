import { NotPermittedToAsk } from "../not-permitted";
import { postgresFailure, sqlState } from "./errors";
import type { PostgresTarget } from "./plan";
import type { Session } from "./session";

/** What the catalog says about the sink's table and the user's rights. Null where there is no such object. */
export interface Rights {
  readonly standby: boolean;
  /** `default_transaction_read_only` of this user, database and session. */
  readonly readOnly: boolean;
  /** The schema that was named, or where search_path would create; null when there is none. */
  readonly schema: string | null;
  readonly mayUseSchema: boolean | null;
  readonly mayCreate: boolean | null;
  readonly tableSchema: string | null;
  /** `pg_class.relkind` */
  readonly kind: string | null;
  readonly mayUseTableSchema: boolean | null;
  /** On the table, or on any of its columns. */
  readonly mayInsert: boolean | null;
  readonly mayUpdate: boolean | null;
  /** For views and foreign tables: whether they pass writes on. */
  readonly writable: boolean | null;
  /** Whether row-level security leaves a way in: it is not active, or a policy for the user lets rows pass. */
  readonly insertPolicy: boolean | null;
  readonly updatePolicy: boolean | null;
}

/**
 * One read-only look into the catalog. Names arrive as parameters. A right on single columns counts,
 * because a least-privilege credential may have no other. What a policy says of single rows only a write could
 * tell, but without any policy no row passes. (`polpermissive` is a column since PostgreSQL 10.)
 */
const RIGHTS_QUERY = `
WITH path AS (
  SELECT n.oid, n.nspname, p.place
  FROM pg_catalog.unnest(
    CASE WHEN $1::pg_catalog.text IS NULL THEN pg_catalog.current_schemas(false)::pg_catalog.text[]
         ELSE ARRAY[$1::pg_catalog.text] END
  ) WITH ORDINALITY AS p (name, place)
  JOIN pg_catalog.pg_namespace n ON n.nspname = p.name
), home AS (
  SELECT * FROM path ORDER BY place LIMIT 1
), found AS (
  SELECT path.oid AS schema_oid, path.nspname, c.oid, c.relkind
  FROM path JOIN pg_catalog.pg_class c ON c.relnamespace = path.oid AND c.relname = $2::pg_catalog.text
  ORDER BY place LIMIT 1
), policies AS (
  SELECT p.polcmd
  FROM found JOIN pg_catalog.pg_policy p ON p.polrelid = found.oid
  WHERE pg_catalog.to_jsonb(p) ->> 'polpermissive' IS DISTINCT FROM 'false' AND EXISTS (
    SELECT FROM pg_catalog.unnest(p.polroles) AS r (role)
    WHERE CASE r.role WHEN 0 THEN true ELSE pg_catalog.pg_has_role(r.role, 'USAGE') END)
)
SELECT
  pg_catalog.pg_is_in_recovery() AS "standby",
  pg_catalog.current_setting('default_transaction_read_only') = 'on' AS "readOnly",
  home.nspname::pg_catalog.text AS "schema",
  pg_catalog.has_schema_privilege(home.oid, 'USAGE') AS "mayUseSchema",
  pg_catalog.has_schema_privilege(home.oid, 'CREATE') AS "mayCreate",
  found.nspname::pg_catalog.text AS "tableSchema",
  found.relkind::pg_catalog.text AS "kind",
  pg_catalog.has_schema_privilege(found.schema_oid, 'USAGE') AS "mayUseTableSchema",
  pg_catalog.has_any_column_privilege(found.oid, 'INSERT') AS "mayInsert",
  pg_catalog.has_any_column_privilege(found.oid, 'UPDATE') AS "mayUpdate",
  CASE WHEN found.relkind = 'f' AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_foreign_table t
         JOIN pg_catalog.pg_foreign_server s ON s.oid = t.ftserver
         JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
         WHERE t.ftrelid = found.oid AND w.fdwhandler <> 0) THEN false
       WHEN found.relkind IN ('v', 'f')
       THEN pg_catalog.pg_relation_is_updatable(found.oid, true) & 12 = 12 ELSE true END AS "writable",
  NOT pg_catalog.row_security_active(found.oid) OR EXISTS (
    SELECT FROM policies WHERE polcmd IN ('*', 'a')) AS "insertPolicy",
  NOT pg_catalog.row_security_active(found.oid) OR EXISTS (
    SELECT FROM policies WHERE polcmd IN ('*', 'w')) AS "updatePolicy"
FROM (SELECT 1) AS one LEFT JOIN home ON true LEFT JOIN found ON true`;

/**
 * Classes and codes of a server that does not understand the question: it speaks PostgreSQL's protocol, but has
 * another catalog. Whether it takes the sink's writes is not said by that.
 */
const NOT_UNDERSTOOD = ["42", "0A"];
const INSUFFICIENT_PRIVILEGE = "42501";

/**
 * Asks for the user's rights in a read-only transaction. Throws {@link NotPermittedToAsk} when the user may
 * not look into the catalog, or the server has none of this kind.
 * @param timeoutMs after which the server itself ends the query, also when nobody is there to hear of it
 */
export async function askRights(
  session: Session,
  target: PostgresTarget,
  timeoutMs: number,
): Promise<Rights> {
  try {
    await session.query(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(timeoutMs))}`,
    );
    const [row] = await session.query(RIGHTS_QUERY, [target.schema ?? null, target.table]);
    await session.query("ROLLBACK");
    return row as unknown as Rights;
  } catch (error) {
    throw unanswered(sqlState(error)) ?? postgresFailure(error, session.where);
  }
}

function unanswered(state = ""): NotPermittedToAsk | undefined {
  if (state === INSUFFICIENT_PRIVILEGE) return new NotPermittedToAsk();
  if (!NOT_UNDERSTOOD.includes(state.slice(0, 2))) return undefined;
  return new NotPermittedToAsk("the server does not know the question for rights");
}
