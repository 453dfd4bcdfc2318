import type { TruthRow } from "../../../lab/truth/row";
import { ALL, COLUMNS, D, KEY, row, T, table, U, WORKING, type Scene } from "./scene";

const RLS = "ALTER TABLE app.inv ENABLE ROW LEVEL SECURITY;";
const policy = (name: string, command: string, rest: string): string =>
  `CREATE POLICY ${name} ON app.inv FOR ${command} TO k ${rest};`;
const secured = (...policies: readonly string[]): { readonly sql: string } => ({
  sql: `${WORKING} ${RLS} ${policies.join(" ")}`,
});
const READS = policy("r", "SELECT", "USING (true)");
const INSERTS = policy("a", "INSERT", "WITH CHECK (true)");
const UPDATES = policy("w", "UPDATE", "USING (true)");
const DELETES = policy("d", "DELETE", "USING (true)");

const FUNCTION = `CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
  CREATE FUNCTION app.pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;`;
const trigger = (name: string, more = ""): { readonly sql: string } => ({
  sql: `${WORKING} ${FUNCTION} CREATE TRIGGER t BEFORE INSERT ON app.inv FOR EACH ROW EXECUTE FUNCTION app.${name}(); ${more}`,
});
const rule = (text: string): { readonly sql: string } => ({
  sql: `${WORKING} CREATE TABLE app.log (n INT); GRANT ALL ON app.log TO k; CREATE RULE r AS ON ${text};`,
});

const PARTITIONED = table("app.inv", { behind: "PARTITION BY LIST (inventory_namespace)" });
const parts = (more: string): { readonly sql: string } => ({ sql: `${PARTITIONED} ${more} ${U} ${D}` });

const BASE = table("app.base");
const view = (text: string, base = BASE): { readonly sql: string } => ({
  sql: `${base} CREATE VIEW app.inv ${text}; ${U} ${D}`,
});

/** What hangs on the table: policies, triggers, rules, partitions, constraints; and views. */
export const STATES: readonly TruthRow<Scene>[] = [
  row("rls-no-policy", "row level security on, no policy", "R", secured()),
  row("rls-all", "a policy FOR ALL", "W", secured(policy("p", "ALL", "USING (true)"))),
  row("rls-four", "a policy for each command", "W", secured(READS, INSERTS, UPDATES, DELETES)),
  row("rls-no-delete", "policies for SELECT, INSERT, UPDATE", "W", secured(READS, INSERTS, UPDATES)),
  row("rls-no-select", "no policy for SELECT", "R", secured(INSERTS, UPDATES, DELETES)),
  row("rls-no-insert", "no policy for INSERT", "R", secured(READS, UPDATES, DELETES)),
  row("rls-no-update", "no policy for UPDATE", "R", secured(READS, INSERTS, DELETES)),
  row("rls-check-false", "a policy that no row passes", "W", secured(policy("p", "ALL", "USING (false)"))),
  row("rls-restrictive", "only a restrictive policy", "R", {
    sql: `${WORKING} ${RLS} CREATE POLICY p ON app.inv AS RESTRICTIVE FOR ALL TO k USING (true);`,
  }),
  row("rls-other-role", "a policy for another role", "R", {
    sql: `${WORKING} ${RLS} CREATE POLICY p ON app.inv FOR ALL TO g USING (true);`,
  }),
  row("rls-group", "a policy for the user's group", "W", {
    sql: `${WORKING} ${RLS} GRANT g TO k; CREATE POLICY p ON app.inv FOR ALL TO g USING (true);`,
  }),
  row("rls-owner", "row level security on, k owns the table", "R", {
    sql: `${T} ${U} ALTER TABLE app.inv OWNER TO k; ${RLS}`,
  }),
  row("rls-owner-forced", "row level security forced, k owns the table", "R", {
    sql: `${T} ${U} ALTER TABLE app.inv OWNER TO k; ${RLS} ALTER TABLE app.inv FORCE ROW LEVEL SECURITY;`,
  }),
  row("trigger-refuses", "a trigger that raises", "W", trigger("refuse")),
  row("trigger-passes", "a trigger that lets rows pass", "W", trigger("pass")),
  row(
    "trigger-disabled",
    "a trigger that raises and is disabled",
    "S",
    trigger("refuse", "ALTER TABLE app.inv DISABLE TRIGGER t;"),
  ),
  row("unique-extra-index", "the key plus another unique index on cluster", "W", {
    sql: `${WORKING} CREATE UNIQUE INDEX ON app.inv (cluster);`,
  }),
  row("unique-extra-uid", "the key plus a unique index on source_uid", "W", {
    sql: `${WORKING} CREATE UNIQUE INDEX ON app.inv (source_uid);`,
  }),
  row("unique-second-key", "the key plus a second unique index on the same columns", "S", {
    sql: `${WORKING} CREATE UNIQUE INDEX ON app.inv (${KEY});`,
  }),
  row("index-extra", "further indexes that are not unique", "S", {
    sql: `${WORKING} CREATE INDEX ON app.inv (cluster); CREATE INDEX ON app.inv USING gin (payload);`,
  }),
  row("check-refuses", "a CHECK that no row passes", "W", {
    sql: `${WORKING} ALTER TABLE app.inv ADD CHECK (cluster <> '');`,
  }),
  row("check-passes", "a CHECK that rows pass", "W", {
    sql: `${WORKING} ALTER TABLE app.inv ADD CHECK (target_name <> '');`,
  }),
  row("foreign-key", "a foreign key to a table without the row", "W", {
    sql: `CREATE TABLE app.clusters (name TEXT PRIMARY KEY); ${WORKING}
      ALTER TABLE app.inv ADD FOREIGN KEY (cluster) REFERENCES app.clusters (name);`,
  }),
  row("exclusion", "an exclusion constraint", "W", {
    sql: `${WORKING} ALTER TABLE app.inv ADD EXCLUDE USING btree (cluster WITH =);`,
  }),
  row("rule", "a rule ON INSERT DO ALSO NOTHING", "S", rule("INSERT TO app.inv DO ALSO NOTHING")),
  row(
    "rule-instead-nothing",
    "a rule ON INSERT DO INSTEAD NOTHING",
    "S",
    rule("INSERT TO app.inv DO INSTEAD NOTHING"),
  ),
  row(
    "rule-insert",
    "a rule ON INSERT with a command",
    "S",
    rule("INSERT TO app.inv DO ALSO INSERT INTO app.log VALUES (1)"),
  ),
  row(
    "rule-update",
    "a rule ON UPDATE",
    "S",
    rule("UPDATE TO app.inv DO ALSO INSERT INTO app.log VALUES (1)"),
  ),
  row(
    "rule-update-nothing",
    "a rule ON UPDATE DO ALSO NOTHING",
    "S",
    rule("UPDATE TO app.inv DO ALSO NOTHING"),
  ),
  row(
    "rule-delete",
    "a rule ON DELETE with a command",
    "W",
    rule("DELETE TO app.inv DO ALSO INSERT INTO app.log VALUES (1)"),
  ),
  row(
    "partitioned",
    "partitioned table with a default partition",
    "S",
    parts("CREATE TABLE app.p PARTITION OF app.inv DEFAULT;"),
  ),
  row("partitioned-40", "partitioned table, 40 items", "S", {
    ...parts("CREATE TABLE app.p PARTITION OF app.inv DEFAULT;"),
    items: 40,
  }),
  row("partitioned-none", "partitioned table without a partition", "S", parts("")),
  row(
    "partitioned-fits",
    "partitioned table whose partition takes the rows",
    "W",
    parts("CREATE TABLE app.p PARTITION OF app.inv FOR VALUES IN ('shop');"),
  ),
  row(
    "partitioned-other",
    "partitioned table whose partition takes other rows",
    "W",
    parts("CREATE TABLE app.p PARTITION OF app.inv FOR VALUES IN ('other');"),
  ),
  row("partitioned-no-key", "partitioned table without a key", "S", {
    sql: `${table("app.inv", { key: "", behind: "PARTITION BY LIST (cluster)" })} CREATE TABLE app.p PARTITION OF app.inv DEFAULT; ${U} ${D}`,
  }),
  row("partition-itself", "the table is a partition that takes other rows", "W", {
    sql: `${table("app.parent", { behind: "PARTITION BY LIST (inventory_namespace)" })}
      CREATE TABLE app.inv PARTITION OF app.parent FOR VALUES IN ('other'); ${U} ${D}`,
  }),
  row("view", "auto-updatable view under the name", "S", view("AS SELECT * FROM app.base")),
  row("view-40", "auto-updatable view, 40 items", "S", { ...view("AS SELECT * FROM app.base"), items: 40 }),
  row("view-filtered", "view with a WHERE", "S", view("AS SELECT * FROM app.base WHERE cluster = ''")),
  row("view-renamed", "view that renames its columns", "S", {
    sql: `CREATE TABLE app.base (${COLUMNS.map((column) => `x_${column}`).join(", ")}, PRIMARY KEY (${KEY.split(
      ", ",
    )
      .map((name) => `x_${name}`)
      .join(", ")}));
      CREATE VIEW app.inv (${COLUMNS.map((column) => column.split(" ")[0]).join(", ")}) AS SELECT * FROM app.base; ${U} ${D}`,
  }),
  row(
    "view-no-key",
    "view over a table without a key",
    "S",
    view("AS SELECT * FROM app.base", table("app.base", { key: "" })),
  ),
  row("view-aggregate", "view that cannot be updated", "S", view(`AS SELECT DISTINCT ${ALL} FROM app.base`)),
  row("view-no-delete", "view without DELETE", "R", {
    sql: `${BASE} CREATE VIEW app.inv AS SELECT * FROM app.base; ${U} GRANT SELECT, INSERT, UPDATE ON app.inv TO k;`,
  }),
  row(
    "view-column-missing",
    "view without column cluster",
    "S",
    view(`AS SELECT ${ALL.replace("cluster, ", "")} FROM app.base`),
  ),
  row(
    "view-invoker",
    "view WITH (security_invoker) and no right on its table",
    "R",
    view("WITH (security_invoker) AS SELECT * FROM app.base"),
  ),
  row("view-invoker-granted", "view WITH (security_invoker) and rights on its table", "R", {
    sql: `${BASE} CREATE VIEW app.inv WITH (security_invoker) AS SELECT * FROM app.base; ${U} ${D} ${D.replace("inv", "base")}`,
  }),
  row(
    "view-check-option",
    "view WITH CHECK OPTION that no row passes",
    "W",
    view("AS SELECT * FROM app.base WHERE cluster = 'x' WITH CHECK OPTION"),
  ),
  row("view-instead-of", "view with an INSTEAD OF trigger", "S", {
    sql: `${BASE} CREATE VIEW app.inv AS SELECT DISTINCT * FROM app.base; ${FUNCTION} ${U} ${D}
      CREATE TRIGGER t INSTEAD OF INSERT OR UPDATE OR DELETE ON app.inv FOR EACH ROW EXECUTE FUNCTION app.pass();`,
  }),
  row(
    "view-join",
    "view over two tables",
    "S",
    view(
      "AS SELECT base.* FROM app.base JOIN app.more ON n = cluster",
      `${BASE} CREATE TABLE app.more (n TEXT);`,
    ),
  ),
  row("view-subquery", "updatable view whose WHERE reads another table", "S", {
    sql: `${BASE} CREATE TABLE app.more (n TEXT); CREATE VIEW app.inv AS SELECT * FROM app.base WHERE cluster NOT IN (SELECT n FROM app.more); ${U} ${D}`,
  }),
];
