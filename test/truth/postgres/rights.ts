import type { TruthRow } from "../../../lab/truth/row";
import { ALL, D, ENSURE, KEY, PASSWORD, row, T, table, U, WORKING, type Scene } from "./scene";

const USAGE = "GRANT USAGE ON SCHEMA app TO k;";
const WRITTEN = "payload, exported_at, cluster, resource_namespace";
const columns = (
  select: string,
  insert: string,
  update: string,
  rest = "GRANT DELETE ON app.inv TO k;",
): string =>
  `${T} ${U} GRANT SELECT (${select}), INSERT (${insert}), UPDATE (${update}) ON app.inv TO k; ${rest}`;
const less = (right: string): string => `${WORKING} REVOKE ${right} ON app.inv FROM k;`;
const without = (list: string, name: string): string =>
  list
    .split(", ")
    .filter((each) => each !== name)
    .join(", ");

/** Rights on schema, table, columns and database, and who has them. */
export const RIGHTS: readonly TruthRow<Scene>[] = [
  row("full-existing", "full set, existing", "R"),
  row("full-existing-40", "full set, 40 items", "R", { items: 40 }),
  row("full-ensure", "full set, ensure", "R", { sink: ENSURE }),
  row("no-create-existing", "no CREATE on schema, existing, table exists", "R", {
    sql: `${T} ${USAGE} ${D}`,
  }),
  row("no-create-ensure", "no CREATE on schema, ensure, table exists", "R", {
    sql: `${T} ${USAGE} ${D}`,
    sink: ENSURE,
  }),
  row("owner-no-create", "table owner without CREATE on schema, existing", "R", {
    sql: `${T} ${USAGE} ALTER TABLE app.inv OWNER TO k;`,
  }),
  row("no-usage", "CREATE but no USAGE on schema", "R", {
    sql: `${T} GRANT CREATE ON SCHEMA app TO k; ${D}`,
  }),
  row("no-schema-rights", "neither USAGE nor CREATE", "R", { sql: `${T} ${D}`, sink: ENSURE }),
  row("no-select", "without SELECT", "R", { sql: less("SELECT") }),
  row("no-insert", "without INSERT", "R", { sql: less("INSERT") }),
  row("no-insert-40", "without INSERT, 40 items", "R", { sql: less("INSERT"), items: 40 }),
  row("no-update", "without UPDATE", "R", { sql: less("UPDATE") }),
  row("no-delete", "without DELETE", "R", { sql: less("DELETE") }),
  row("no-table-rights", "nothing on the table", "R", { sql: `${T} ${U}` }),
  row("columns-least", "column grants: SELECT 8, INSERT 8, UPDATE 4, DELETE table", "R", {
    sql: columns(ALL, ALL, WRITTEN),
  }),
  row("columns-least-40", "column grants, 40 items", "R", { sql: columns(ALL, ALL, WRITTEN), items: 40 }),
  row("select-7cols", "SELECT on all columns but payload", "R", {
    sql: columns(without(ALL, "payload"), ALL, WRITTEN),
  }),
  row("select-keys", "SELECT on the key columns only", "R", { sql: columns(KEY, ALL, WRITTEN) }),
  row("insert-no-uid", "INSERT lacks column source_uid", "R", {
    sql: columns(ALL, without(ALL, "source_uid"), WRITTEN),
  }),
  row("update-no-cluster", "UPDATE lacks column cluster", "R", {
    sql: columns(ALL, ALL, without(WRITTEN, "cluster")),
  }),
  row("update-keys-only", "UPDATE on the key columns only", "R", { sql: columns(ALL, ALL, KEY) }),
  row("temp-revoked", "TEMP revoked, 32 items", "R", {
    sql: `${WORKING} REVOKE TEMPORARY ON DATABASE appdb FROM PUBLIC;`,
    items: 32,
  }),
  row("temp-granted", "TEMP revoked from PUBLIC and granted to the role, 32 items", "R", {
    sql: `${WORKING} REVOKE TEMPORARY ON DATABASE appdb FROM PUBLIC; GRANT TEMPORARY ON DATABASE appdb TO k;`,
    items: 32,
  }),
  row("ensure-missing", "ensure, table missing, USAGE and CREATE", "R", { sql: U, sink: ENSURE }),
  row("ensure-missing-40", "ensure, table missing, 40 items", "R", { sql: U, sink: ENSURE, items: 40 }),
  row("ensure-missing-no-create", "ensure, table missing, no CREATE", "R", { sql: USAGE, sink: ENSURE }),
  row("ensure-missing-no-usage", "ensure, table missing, no USAGE", "R", {
    sql: "GRANT CREATE ON SCHEMA app TO k;",
    sink: ENSURE,
  }),
  row("existing-missing", "existing, table missing, USAGE and CREATE", "S", { sql: U }),
  row("existing-missing-no-create", "existing, table missing, no CREATE", "R", { sql: USAGE }),
  row("schema-missing", "schema missing", "S", { sql: U, sink: { ...ENSURE, schema: "nope" } }),
  row("schema-missing-existing", "schema missing, existing", "S", { sink: { schema: "nope" } }),
  row("public-default", "no schema given, ensure, public without CREATE", "R", {
    sql: "",
    sink: { ...ENSURE, schema: "" },
  }),
  row("public-create", "no schema given, ensure, public with CREATE", "R", {
    sql: "GRANT CREATE ON SCHEMA public TO k;",
    sink: { ...ENSURE, schema: "" },
  }),
  row("searchpath-app", "no schema given, search_path is app with the table; public not writable", "C", {
    sql: `${WORKING} ALTER ROLE k SET search_path = app;`,
    sink: { schema: "" },
  }),
  row("searchpath-public", "no schema given, search_path without the table, good table in public", "C", {
    sql: `${table("public.inv")} GRANT CREATE ON SCHEMA public TO k;
      GRANT SELECT, INSERT, UPDATE, DELETE ON public.inv TO k; ALTER ROLE k SET search_path = app;`,
    sink: { schema: "" },
  }),
  row("user-schema", "no schema given, a schema of the user's name, no CREATE on public", "C", {
    sql: "ALTER SCHEMA app RENAME TO k; ALTER SCHEMA k OWNER TO k;",
    sink: { ...ENSURE, schema: "" },
  }),
  row("group-inherit", "rights through a group role", "R", { sql: forGroup("GRANT g TO k;") }),
  row("group-noinherit", "rights through a group role, NOINHERIT", "R", {
    sql: forGroup("ALTER ROLE k NOINHERIT; GRANT g TO k;"),
  }),
  row("public-grants", "rights granted to PUBLIC", "R", {
    sql: forGroup("").replaceAll("TO g", "TO PUBLIC"),
  }),
  row("owner", "the role owns table and schema", "R", {
    sql: `${T} ALTER TABLE app.inv OWNER TO k; ALTER SCHEMA app OWNER TO k;`,
  }),
  row("owner-revoked", "the table's owner took SELECT from itself", "R", {
    sql: `${T} ${U} ALTER TABLE app.inv OWNER TO k; REVOKE SELECT ON app.inv FROM k;`,
  }),
  row("schema-owner-missing", "k owns the schema, table missing, ensure", "R", {
    sql: "ALTER SCHEMA app OWNER TO k;",
    sink: ENSURE,
  }),
  row("set-role", "the session takes on a role with the rights", "R", {
    sql: forGroup("ALTER ROLE k NOINHERIT; GRANT g TO k; ALTER ROLE k SET role = g;"),
  }),
  row("connect-revoked", "CONNECT revoked", "R", {
    sql: `${WORKING} REVOKE CONNECT ON DATABASE appdb FROM PUBLIC;`,
  }),
  row("nologin", "the role may not log in", "R", { sql: `${WORKING} ALTER ROLE k NOLOGIN;` }),
  row("expired", "password has expired", "R", { sql: `${WORKING} ALTER ROLE k VALID UNTIL '2001-01-01';` }),
  row("no-password", "the role has no password", "R", { sql: `${WORKING} ALTER ROLE k PASSWORD NULL;` }),
  row("scram-iterations", "password with 1,000,000 iterations of SCRAM", "R", {
    sql: `${WORKING} SET LOCAL scram_iterations = 1000000; ALTER ROLE k PASSWORD '${PASSWORD}';`,
  }),
  row("connlimit-1", "CONNECTION LIMIT 1", "R", { sql: `${WORKING} ALTER ROLE k CONNECTION LIMIT 1;` }),
  row("connlimit-0", "CONNECTION LIMIT 0", "R", { sql: `${WORKING} ALTER ROLE k CONNECTION LIMIT 0;` }),
  row("readonly-role", "default_transaction_read_only for the role", "R", {
    sql: `${WORKING} ALTER ROLE k SET default_transaction_read_only = on;`,
  }),
  row("readonly-database", "default_transaction_read_only for the database", "R", {
    sql: `${WORKING} ALTER DATABASE appdb SET default_transaction_read_only = on;`,
    sink: ENSURE,
  }),
  row("readonly-dsn", "default_transaction_read_only in the connection string", "C", {
    query: "default_transaction_read_only=on",
  }),
];

/** The working set, granted to the role g. */
function forGroup(membership: string): string {
  return `${WORKING.replaceAll("TO k", "TO g")} ${membership}`;
}
