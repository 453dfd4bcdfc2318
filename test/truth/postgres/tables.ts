import type { TruthRow } from "../../../lab/truth/row";
import {
  ALL,
  COLUMNS,
  D,
  ENSURE,
  KEY,
  row,
  T,
  table,
  U,
  WORKING,
  type Scene,
  type TableOptions,
} from "./scene";

const shaped = (options: TableOptions, more = ""): { readonly sql: string } => ({
  sql: `${table("app.inv", options)} ${more} ${U} ${D}`,
});
const typed = (column: string, type: string): { readonly sql: string } =>
  shaped({ change: { [column]: `${column} ${type} NOT NULL` } });
const unique = (index: string): { readonly sql: string } =>
  shaped({ key: "" }, `CREATE UNIQUE INDEX ${index};`);

/** The shape of the table: key, columns, types, kinds of relations, and what hangs on it. */
export const TABLES: readonly TruthRow<Scene>[] = [
  row(
    "key-5cols",
    "primary key of 5 columns incl. cluster",
    "S",
    shaped({ key: `PRIMARY KEY (${KEY}, cluster)` }),
  ),
  row(
    "key-3cols",
    "primary key of 3 of the columns",
    "S",
    shaped({ key: `PRIMARY KEY (${KEY.replace(", source_uid", "")})` }),
  ),
  row("no-key", "no key at all", "S", shaped({ key: "" })),
  row("no-key-40", "no key at all, 40 items", "S", { ...shaped({ key: "" }), items: 40 }),
  row(
    "key-not-unique",
    "an index on the four columns that is not unique",
    "S",
    shaped({ key: "" }, `CREATE INDEX ON app.inv (${KEY});`),
  ),
  row(
    "key-other-order",
    "unique constraint, other column order",
    "S",
    shaped({ key: "UNIQUE (source_uid, target_name, inventory_name, inventory_namespace)" }),
  ),
  row("unique-index", "a unique index instead of a constraint", "S", unique(`ON app.inv (${KEY})`)),
  row("unique-include", "unique index with INCLUDE", "S", unique(`ON app.inv (${KEY}) INCLUDE (cluster)`)),
  row(
    "unique-partial",
    "only a partial unique index on the four columns",
    "S",
    unique(`ON app.inv (${KEY}) WHERE cluster = ''`),
  ),
  row(
    "unique-expression",
    "unique index on lower(...) of a column",
    "S",
    unique("ON app.inv (inventory_namespace, inventory_name, target_name, lower(source_uid))"),
  ),
  row(
    "unique-descending",
    "unique index in descending order",
    "S",
    unique("ON app.inv (inventory_namespace DESC, inventory_name, target_name, source_uid)"),
  ),
  row(
    "unique-nulls",
    "unique index NULLS NOT DISTINCT",
    "S",
    unique(`ON app.inv (${KEY}) NULLS NOT DISTINCT`),
  ),
  row("key-deferrable", "the key is DEFERRABLE", "S", shaped({ key: `PRIMARY KEY (${KEY}) DEFERRABLE` })),
  row(
    "key-deferrable-and-good",
    "a DEFERRABLE key and a plain unique index",
    "S",
    shaped({ key: `PRIMARY KEY (${KEY}) DEFERRABLE` }, `CREATE UNIQUE INDEX ON app.inv (${KEY});`),
  ),
  row("columns-foreign", "a table of another application under the name", "S", {
    sql: `CREATE TABLE app.inv (id INT, name TEXT); ${U} ${D}`,
  }),
  row(
    "column-missing",
    "column resource_namespace is missing",
    "S",
    shaped({ change: { resource_namespace: "" } }),
  ),
  row(
    "column-case",
    "column named Payload (quoted upper case)",
    "S",
    shaped({ change: { payload: '"Payload" JSONB' } }),
  ),
  row("payload-json", "payload is JSON", "S", typed("payload", "JSON")),
  row("payload-text", "payload is TEXT", "S", typed("payload", "TEXT")),
  row("payload-text-40", "payload is TEXT, 40 items", "S", { ...typed("payload", "TEXT"), items: 40 }),
  row("payload-bytea", "payload is BYTEA", "S", typed("payload", "BYTEA")),
  row("payload-int", "payload is INT", "S", typed("payload", "INT")),
  row("exported-text", "exported_at is TEXT", "S", typed("exported_at", "TEXT")),
  row("exported-timestamp", "exported_at is TIMESTAMP", "S", typed("exported_at", "TIMESTAMP")),
  row("exported-timestamp3", "exported_at is TIMESTAMPTZ(3)", "S", typed("exported_at", "TIMESTAMPTZ(3)")),
  row("exported-bigint", "exported_at is BIGINT", "S", typed("exported_at", "BIGINT")),
  row("exported-date", "exported_at is DATE", "S", typed("exported_at", "DATE")),
  row("uid-uuid", "source_uid is UUID", "S", typed("source_uid", "UUID")),
  row("uid-varchar20", "source_uid is VARCHAR(20)", "S", typed("source_uid", "VARCHAR(20)")),
  row("name-int", "target_name is INT", "S", typed("target_name", "INT")),
  row("name-varchar4", "target_name is VARCHAR(4)", "W", typed("target_name", "VARCHAR(4)")),
  row("name-char", "cluster is CHAR(40)", "S", typed("cluster", "CHAR(40)")),
  row("name-domain", "cluster is a domain that refuses its values", "W", {
    sql: `CREATE DOMAIN app.short AS TEXT CHECK (length(VALUE) > 1); ${table("app.inv", { change: { cluster: "cluster app.short" } })} ${U} ${D}`,
  }),
  row("varchar", "text columns are VARCHAR(255)", "S", {
    sql: `${T.replaceAll("TEXT", "VARCHAR(255)")} ${U} ${D}`,
  }),
  row("extra-nullable", "extra column that may be NULL", "S", shaped({ more: ["team TEXT"] })),
  row(
    "extra-default",
    "extra NOT NULL column with default",
    "S",
    shaped({ more: ["team TEXT NOT NULL DEFAULT 'x'"] }),
  ),
  row(
    "extra-identity",
    "extra identity column",
    "S",
    shaped({ more: ["id BIGINT GENERATED ALWAYS AS IDENTITY"] }),
  ),
  row("extra-serial", "extra serial column", "S", shaped({ more: ["id BIGSERIAL"] })),
  row(
    "extra-generated",
    "extra generated column",
    "S",
    shaped({ more: ["n INT NOT NULL GENERATED ALWAYS AS (1) STORED"] }),
  ),
  row(
    "extra-not-null",
    "extra NOT NULL column without default",
    "S",
    shaped({ more: ["team TEXT NOT NULL"] }),
  ),
  row(
    "generated-cluster",
    "cluster is a generated column",
    "S",
    shaped({ change: { cluster: "cluster TEXT GENERATED ALWAYS AS ('x') STORED" } }),
  ),
  row(
    "dropped-column",
    "a NOT NULL column was dropped",
    "S",
    shaped({ more: ["team TEXT NOT NULL"] }, "ALTER TABLE app.inv DROP COLUMN team;"),
  ),
  row("table-upper", "table name Inv (only inv exists)", "C", { sink: { ...ENSURE, table: "Inv" } }),
  row("table-upper-existing", "table name Inv (only inv exists), existing, no CREATE", "C", {
    sql: `${T} GRANT USAGE ON SCHEMA app TO k; ${D}`,
    sink: { table: "Inv" },
  }),
  row("table-quoted", "a name that needs quotes", "S", {
    sql: `${table('app."In ""v"')} ${U} GRANT ALL ON app."In ""v" TO k;`,
    sink: { table: 'In "v' },
  }),
  row("table-backslash", "a name with a backslash and a quote", "S", {
    sql: `${table('app."i\\n\'v"')} ${U} GRANT ALL ON app."i\\n'v" TO k;`,
    sink: { table: "i\\n'v" },
  }),
  row("table-qualified", "table: app.inv without a schema", "C", {
    sink: { ...ENSURE, schema: "", table: "app.inv" },
  }),
  row("table-long", "a name of 70 bytes, which the server cuts", "C", {
    sql: `${table(`app.${"t".repeat(63)}`)} ${U} GRANT ALL ON app.${"t".repeat(63)} TO k;`,
    sink: { table: "t".repeat(70) },
  }),
  row("table-space", "white space around the table's name", "C", { sink: { table: " inv " } }),
  row("sequence", "a sequence under the name", "S", { sql: `CREATE SEQUENCE app.inv; ${U}`, sink: ENSURE }),
  row("index-name", "an index under the name", "S", {
    sql: `CREATE TABLE app.x (id INT); CREATE INDEX inv ON app.x (id); ${U}`,
    sink: ENSURE,
  }),
  row("matview", "a materialized view under the name", "S", {
    sql: `CREATE MATERIALIZED VIEW app.inv AS SELECT 1 AS n; ${U}`,
    sink: ENSURE,
  }),
  row("type-name-taken", "ensure, no table, a composite type of that name exists", "S", {
    sql: `CREATE TYPE app.inv AS (n INT); ${U}`,
    sink: ENSURE,
  }),
  row("enum-name-taken", "ensure, no table, an enum of that name exists", "S", {
    sql: `CREATE TYPE app.inv AS ENUM ('x'); ${U}`,
    sink: ENSURE,
  }),
  row("array-name-taken", "ensure, no table, an array type of that name exists", "S", {
    sql: `CREATE TABLE app.x (id INT); ${U}`,
    sink: { ...ENSURE, table: "_x" },
  }),
  row("foreign-table", "a foreign table under the name", "S", {
    sql: `CREATE EXTENSION IF NOT EXISTS postgres_fdw WITH SCHEMA public; CREATE SERVER IF NOT EXISTS far FOREIGN DATA WRAPPER postgres_fdw;
      CREATE FOREIGN TABLE app.inv (${COLUMNS.join(", ")}) SERVER far; ${U} ${D}`,
  }),
  row("unlogged", "unlogged table", "S", { sql: `${T.replace("TABLE", "UNLOGGED TABLE")} ${U} ${D}` }),
  row("inherits", "the table has a child", "S", {
    sql: `${WORKING} CREATE TABLE app.child () INHERITS (app.inv);`,
  }),
  row("all-columns-order", "columns in another order", "S", {
    sql: `CREATE TABLE app.inv (${[...COLUMNS].reverse().join(", ")}, PRIMARY KEY (${KEY})); ${U} GRANT SELECT (${ALL}), INSERT, UPDATE, DELETE ON app.inv TO k;`,
  }),
];
