import type { TruthRow } from "../../../lab/truth/row";
import { D, KEY, row, table, U, WORKING, type Scene } from "./scene";

const keyless = (index = `CREATE UNIQUE INDEX inv_key ON app.inv (${KEY});`): string =>
  `${table("app.inv", { key: "" })} ${index} ${U} ${D}`;
const PUBLISHED = "CREATE PUBLICATION truth FOR TABLE app.inv;";

/** Tables that are replicated logically: the server refuses changes that it could not pass on. */
export const PUBLICATIONS: readonly TruthRow<Scene>[] = [
  row("published", "a publication, primary key", "S", { sql: `${WORKING} ${PUBLISHED}` }),
  row("published-index", "a publication, unique index and no primary key", "S", {
    sql: `${keyless()} ${PUBLISHED}`,
  }),
  row("published-index-full", "the same, REPLICA IDENTITY FULL", "S", {
    sql: `${keyless()} ALTER TABLE app.inv REPLICA IDENTITY FULL; ${PUBLISHED}`,
  }),
  row("published-index-used", "the same, REPLICA IDENTITY USING INDEX", "S", {
    sql: `${keyless()} ALTER TABLE app.inv REPLICA IDENTITY USING INDEX inv_key; ${PUBLISHED}`,
  }),
  row("published-nothing", "a publication, REPLICA IDENTITY NOTHING", "S", {
    sql: `${WORKING} ALTER TABLE app.inv REPLICA IDENTITY NOTHING; ${PUBLISHED}`,
  }),
  row("published-deletes", "a publication of deletes only, no primary key", "S", {
    sql: `${keyless()} CREATE PUBLICATION truth FOR TABLE app.inv WITH (publish = 'delete');`,
  }),
  row("published-all", "a publication of all tables, no primary key", "S", {
    sql: `${keyless()} CREATE PUBLICATION truth FOR ALL TABLES;`,
  }),
  row("published-schema", "a publication of the schema, no primary key", "S", {
    sql: `${keyless()} CREATE PUBLICATION truth FOR TABLES IN SCHEMA app;`,
  }),
  row("published-partition-index", "a publication of a partitioned table with an index only", "S", {
    sql: `${table("app.inv", { key: "", behind: "PARTITION BY LIST (inventory_namespace)" })} CREATE UNIQUE INDEX ON app.inv (${KEY}); CREATE TABLE app.p PARTITION OF app.inv DEFAULT; ${U} ${D} ${PUBLISHED}`,
  }),
  row("published-filter", "a publication with a filter on a column outside the key", "S", {
    sql: `${WORKING} CREATE PUBLICATION truth FOR TABLE app.inv WHERE (cluster = 'x');`,
  }),
  row("published-columns", "a publication of some columns, without the whole key", "S", {
    sql: `${WORKING} CREATE PUBLICATION truth FOR TABLE app.inv (target_name);`,
  }),
];
