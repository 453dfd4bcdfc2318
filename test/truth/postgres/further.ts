import type { TruthRow } from "../../../lab/truth/row";
import { ALL, D, ENSURE, KEY, row, T, table, U, WORKING, type Change, type Scene } from "./scene";

const shaped = (more: readonly string[], before = ""): Change => ({
  sql: `${before} ${table("app.inv", { more })} ${U} ${D}`,
});
const RLS =
  "ALTER TABLE app.inv ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.inv FOR ALL TO k USING (true) WITH CHECK (true);";
const keyless = (index = `CREATE UNIQUE INDEX inv_key ON app.inv (${KEY});`): string =>
  `${table("app.inv", { key: "" })} ${index} ${U} ${D}`;
const FUNCTION = "CREATE FUNCTION app.f() RETURNS TEXT LANGUAGE sql AS $$ SELECT 'x' $$;";

/** What stands around the table: types, functions and views, and settings of role and session. */
export const FURTHER: readonly TruthRow<Scene>[] = [
  row("row-security-off", "row_security off for the role, a policy", "R", {
    sql: `${WORKING} ${RLS} ALTER ROLE k SET row_security = off;`,
  }),
  row("row-security-off-dsn", "row_security=off in the connection string, a policy", "R", {
    sql: `${WORKING} ${RLS}`,
    query: "row_security=off",
  }),
  row(
    "extra-domain-not-null",
    "extra column of a domain that is NOT NULL",
    "S",
    shaped(["team app.req"], "CREATE DOMAIN app.req AS TEXT NOT NULL;"),
  ),
  row(
    "extra-domain-default",
    "extra column of a domain that is NOT NULL with a default",
    "S",
    shaped(["team app.req"], "CREATE DOMAIN app.req AS TEXT NOT NULL DEFAULT 'x';"),
  ),
  row(
    "extra-not-null-domain-default",
    "extra NOT NULL column, the domain has the default",
    "S",
    shaped(["team app.req NOT NULL"], "CREATE DOMAIN app.req AS TEXT DEFAULT 'x';"),
  ),
  row(
    "extra-domain-check",
    "extra column of a domain with CHECK (VALUE IS NOT NULL)",
    "W",
    shaped(["team app.req"], "CREATE DOMAIN app.req AS TEXT CHECK (VALUE IS NOT NULL);"),
  ),
  row(
    "domain-nested",
    "extra column of a domain over a NOT NULL domain",
    "S",
    shaped(["team app.outer"], "CREATE DOMAIN app.req AS TEXT NOT NULL; CREATE DOMAIN app.outer AS app.req;"),
  ),
  row(
    "default-function-revoked",
    "the same, without EXECUTE on it",
    "R",
    shaped(["team TEXT DEFAULT app.f()"], `${FUNCTION} REVOKE EXECUTE ON FUNCTION app.f() FROM PUBLIC;`),
  ),
  row(
    "generated-function-revoked",
    "a generated column calls a function without EXECUTE",
    "R",
    shaped(
      ["team TEXT GENERATED ALWAYS AS (app.g(cluster)) STORED"],
      "CREATE FUNCTION app.g(TEXT) RETURNS TEXT IMMUTABLE LANGUAGE sql AS $$ SELECT $1 $$; REVOKE EXECUTE ON FUNCTION app.g(TEXT) FROM PUBLIC;",
    ),
  ),
  row("check-function-revoked", "a CHECK calls a function without EXECUTE", "W", {
    sql: `CREATE FUNCTION app.g(TEXT) RETURNS BOOL IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$; REVOKE EXECUTE ON FUNCTION app.g(TEXT) FROM PUBLIC; ${WORKING} ALTER TABLE app.inv ADD CHECK (app.g(cluster));`,
  }),
  row("index-function-revoked", "an index calls a function without EXECUTE", "R", {
    sql: `CREATE FUNCTION app.g(TEXT) RETURNS TEXT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN $1; END $$; REVOKE EXECUTE ON FUNCTION app.g(TEXT) FROM PUBLIC; ${WORKING} CREATE INDEX ON app.inv (app.g(cluster));`,
  }),
  row("event-trigger", "an event trigger on CREATE TABLE that raises", "W", {
    sql: `CREATE FUNCTION app.e() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; ${WORKING} CREATE EVENT TRIGGER truth ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.e();`,
  }),
  row("simple-latin1", "simple_protocol, the role's client_encoding is LATIN1", "S", {
    sql: `${WORKING} ALTER ROLE k SET client_encoding = 'LATIN1';`,
    query: "default_query_exec_mode=simple_protocol",
  }),
  row("simple-backslashes", "simple_protocol, standard_conforming_strings off", "S", {
    sql: `${WORKING} ALTER ROLE k SET standard_conforming_strings = off;`,
    query: "default_query_exec_mode=simple_protocol",
  }),
  row("key-repeated", "a unique index that names a column twice", "S", {
    sql: keyless(`CREATE UNIQUE INDEX ON app.inv (${KEY}, target_name);`),
  }),
  row("exported-varchar10", "exported_at is VARCHAR(10)", "S", shapedColumn("exported_at", "VARCHAR(10)")),
  row("exported-time", "exported_at is TIME", "W", shapedColumn("exported_at", "TIME")),
  row("exported-timetz", "exported_at is TIMETZ", "W", shapedColumn("exported_at", "TIMETZ")),
  row("ns-bytea", "resource_namespace is BYTEA", "S", shapedColumn("resource_namespace", "BYTEA")),
  row("view-base-required", "view whose table has a further NOT NULL column", "S", {
    sql: `${table("app.base", { more: ["team TEXT NOT NULL"] })} CREATE VIEW app.inv AS SELECT ${ALL} FROM app.base; ${U} ${D}`,
  }),
  row("view-default", "the same with a default of the view", "S", {
    sql: `${table("app.base", { more: ["team TEXT NOT NULL"] })} CREATE VIEW app.inv AS SELECT * FROM app.base; ALTER VIEW app.inv ALTER COLUMN team SET DEFAULT 'x'; ${U} ${D}`,
  }),
  row("view-of-view", "view over a view", "S", {
    sql: `${table("app.base")} CREATE VIEW app.middle AS SELECT * FROM app.base; CREATE VIEW app.inv AS SELECT * FROM app.middle; ${U} ${D}`,
  }),
  row("view-of-view-no-key", "view over a view over a table without a key", "S", {
    sql: `${table("app.base", { key: "" })} CREATE VIEW app.middle AS SELECT * FROM app.base; CREATE VIEW app.inv AS SELECT * FROM app.middle; ${U} ${D}`,
  }),
  row("view-column-expression", "view with an expression as column", "S", {
    sql: `${table("app.base")} CREATE VIEW app.inv AS SELECT ${ALL.replace("cluster", "upper(cluster) AS cluster")} FROM app.base; ${U} ${D}`,
  }),
  row("view-over-partitioned", "view over a partitioned table without partitions", "S", {
    sql: `${table("app.base", { behind: "PARTITION BY LIST (inventory_namespace)" })} CREATE VIEW app.inv AS SELECT * FROM app.base; ${U} ${D}`,
  }),
  row("view-owner-lacks", "the view's owner lacks rights on its table", "R", {
    sql: `${table("app.base")} CREATE VIEW app.inv AS SELECT * FROM app.base; ALTER VIEW app.inv OWNER TO g; ${U} ${D}`,
  }),
  row("view-owner-columns", "the view's owner has column rights that do not suffice", "R", {
    sql: `${table("app.base")} CREATE VIEW app.inv AS SELECT * FROM app.base; ALTER VIEW app.inv OWNER TO g; GRANT USAGE ON SCHEMA app TO g; GRANT SELECT, INSERT, DELETE ON app.base TO g; GRANT UPDATE (cluster) ON app.base TO g; ${U} ${D}`,
  }),
  row("dsn-role", "role=g in the connection string, rights of g", "R", {
    sql: `${WORKING.replaceAll("TO k", "TO g")} GRANT g TO k;`,
    query: "role=g",
  }),
  row("predefined-roles", "pg_read_all_data and pg_write_all_data, and CREATE", "R", {
    sql: `${T} GRANT CREATE ON SCHEMA app TO k; GRANT pg_read_all_data, pg_write_all_data TO k;`,
  }),
  row("schema-space", "white space around the schema's name", "C", { sink: { schema: " app " } }),
  row("schema-blank", "a blank schema is public", "C", { sink: { ...ENSURE, schema: "  " } }),
  row("simple-utf8", "simple_protocol, LATIN1 for the role, UTF8 in the connection string", "C", {
    sql: `${WORKING} ALTER ROLE k SET client_encoding = 'LATIN1';`,
    query: "default_query_exec_mode=simple_protocol&client_encoding=UTF8",
  }),
];

function shapedColumn(column: string, type: string): Change {
  return { sql: `${table("app.inv", { change: { [column]: `${column} ${type} NOT NULL` } })} ${U} ${D}` };
}
