import { beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { USER, type CaseOverrides } from "../../../lab/backends/postgres";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run, settingIs, type Stage } from "./stage";

/** Tables, views and policies of a database, with more and less rights for the user. */
const TABLES = `CREATE SCHEMA sales; CREATE SCHEMA closed; CREATE SCHEMA "Odd ""Name";
   GRANT USAGE ON SCHEMA sales TO ${USER}; GRANT USAGE, CREATE ON SCHEMA "Odd ""Name" TO ${USER};
   CREATE TABLE sales.orders (id int, body text); GRANT INSERT ON sales.orders TO ${USER};
   CREATE TABLE sales.narrow (id int, body text); GRANT INSERT (id), UPDATE (body) ON sales.narrow TO ${USER};
   CREATE TABLE closed.orders (id int); GRANT INSERT, UPDATE ON closed.orders TO ${USER};
   CREATE INDEX some_index ON sales.orders (id);
   CREATE VIEW sales.simple AS SELECT * FROM sales.narrow; GRANT INSERT, UPDATE ON sales.simple TO ${USER};
   CREATE VIEW sales.summed AS SELECT count(*) AS n FROM sales.narrow; GRANT INSERT, UPDATE ON sales.summed TO ${USER};
   CREATE TABLE sales.parts (id int) PARTITION BY RANGE (id); GRANT INSERT, UPDATE ON sales.parts TO ${USER};
   CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
   CREATE FOREIGN TABLE sales.far (id int) SERVER far; GRANT INSERT, UPDATE ON sales.far TO ${USER};
   CREATE TABLE sales.guarded (id int); GRANT INSERT, UPDATE ON sales.guarded TO ${USER};
   ALTER TABLE sales.guarded ENABLE ROW LEVEL SECURITY;
   CREATE POLICY others ON sales.guarded FOR ALL TO postgres USING (true);
   CREATE POLICY limit_all ON sales.guarded AS RESTRICTIVE FOR ALL USING (true);
   CREATE POLICY writes ON sales.guarded FOR INSERT TO PUBLIC WITH CHECK (id > 0);
   CREATE TABLE sales.admitted (id int); GRANT INSERT, UPDATE ON sales.admitted TO ${USER};
   ALTER TABLE sales.admitted ENABLE ROW LEVEL SECURITY;
   CREATE ROLE exporters; GRANT exporters TO ${USER};
   CREATE POLICY ours ON sales.admitted FOR ALL TO exporters USING (true);
   CREATE TABLE "Odd ""Name"."T; DROP TABLE inventory" (id int);
   GRANT INSERT, UPDATE ON "Odd ""Name"."T; DROP TABLE inventory" TO ${USER};
   CREATE TABLE "Odd ""Name".narrow (id int);`;

const REFUSALS: ReadonlyArray<readonly [string, CaseOverrides, Cause, RegExp]> = [
  ["a missing table", { provisioning: "existing", table: "nope" }, "TargetNotFound", /no table nope/],
  [
    "an existing table in another case",
    { provisioning: "existing", table: "Inventory" },
    "TargetNotFound",
    /"Inventory"/,
  ],
  ["no right to create", { table: "nope" }, "PermissionDenied", /GRANT CREATE ON SCHEMA public TO kollect;/],
  [
    "no right to create in the schema",
    { schema: "sales", table: "nope" },
    "PermissionDenied",
    /GRANT CREATE ON SCHEMA sales/,
  ],
  ["a missing schema", { schema: "nope" }, "TargetNotFound", /no schema nope/],
  [
    "insert without update",
    { schema: "sales", table: "orders" },
    "PermissionDenied",
    /GRANT UPDATE ON sales\.orders TO kollect;/,
  ],
  [
    "a schema that may not be used",
    { schema: "closed", table: "orders" },
    "PermissionDenied",
    /GRANT USAGE ON SCHEMA closed/,
  ],
  ["an index", { schema: "sales", table: "some_index" }, "TargetNotFound", /is an index/],
  [
    "row-level security without a policy for updates",
    { schema: "sales", table: "guarded" },
    "PermissionDenied",
    /no policy lets user kollect UPDATE\. Run CREATE POLICY … ON sales\.guarded FOR UPDATE TO kollect/,
  ],
  [
    "a foreign table that takes no writes",
    { schema: "sales", table: "far" },
    "PermissionDenied",
    /is a foreign table/,
  ],
  ["a view over an aggregate", { schema: "sales", table: "summed" }, "PermissionDenied", /is a view/],
];

export function rights(stage: Stage): void {
  describe("authorize", () => {
    beforeAll(async () => {
      await stage.server.sql(TABLES, "app");
    });

    it.each<readonly [string, CaseOverrides]>([
      ["a table found by the search path", { provisioning: "existing" }],
      [
        "a table whose columns alone are granted",
        { provisioning: "existing", schema: "sales", table: "narrow" },
      ],
      ["a partitioned table", { provisioning: "existing", schema: "sales", table: "parts" }],
      ["a table whose policies let a role of the user in", { schema: "sales", table: "admitted" }],
      ["a simple view", { provisioning: "existing", schema: "sales", table: "simple" }],
      ["a name that needs quotes", { schema: 'Odd "Name', table: "T; DROP TABLE inventory" }],
      ["a new table where CREATE is given", { schema: 'Odd "Name', table: "new" }],
    ])("passes for %s", async (_what, overrides) => {
      const report = await expectPassed(run(stage.at({}, overrides)));
      expect(results(report).Authorize).toBe("Passed");
    });

    it.each(REFUSALS)("reports %s", async (_what, overrides, cause, words) => {
      const report = await expectFailure(run(stage.at({}, overrides)), cause, words);
      expect(results(report).Verify).toBe("Passed");
      expect(results(report).Authorize).toBe("Failed");
    });

    it("follows the search path of the session", async () => {
      const query = `options=${encodeURIComponent("-c search_path=sales")}`;
      await expectPassed(run(stage.at({ query }, { provisioning: "existing", table: "narrow" })));
      await expectFailure(
        run(stage.at({ query }, { provisioning: "existing", table: "inventory" })),
        "TargetNotFound",
      );
    });

    it.each<readonly [string, string, CaseOverrides, RegExp | undefined]>([
      ["has the table", 'sales,"Odd ""Name"', { table: "narrow" }, undefined],
      ["has the table", '"Odd ""Name",sales', { table: "narrow" }, /lacks INSERT, UPDATE on "Odd/],
      ["is there, for a new table", 'nope,"Odd ""Name",sales', { table: "new" }, undefined],
      ["is there, for a new table", 'sales,"Odd ""Name"', { table: "new" }, /GRANT CREATE ON SCHEMA sales/],
    ])("takes the first schema that %s: search_path=%s", async (_what, path, overrides, refusal) => {
      const query = `options=${encodeURIComponent(`-c search_path=${path.replaceAll(" ", "\\ ")}`)}`;
      const { failure } = await run(stage.at({ query }, overrides));
      if (refusal) expect(failure?.message).toMatch(refusal);
      else expect(failure).toBeUndefined();
    });

    it("is skipped when the user may not look into the catalog", async () => {
      await stage.server.sql("CREATE DATABASE strict");
      await stage.server.sql("REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC", "strict");
      const report = await expectPassed(run(stage.at({ database: "strict" })));
      expect(results(report).Authorize).toBe("Skipped: not permitted to ask");
    });

    it("is skipped at a server that has another catalog", async () => {
      await stage.server.sql("CREATE DATABASE foreign_catalog");
      await stage.server.sql(
        `SET allow_system_table_mods = on;
       ALTER FUNCTION pg_catalog.has_any_column_privilege(oid, text) RENAME TO has_other_privilege`,
        "foreign_catalog",
      );
      const report = await expectPassed(run(stage.at({ database: "foreign_catalog" })));
      expect(results(report).Authorize).toBe("Skipped: the server does not know the question for rights");
    });

    it("changes nothing at the server", async () => {
      const count = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS n FROM pg_stat_user_tables";
      const tables = "SELECT count(*)::int AS n FROM pg_class";
      const before = [await stage.server.sql(count, "app"), await stage.server.sql(tables, "app")];
      await run(stage.at());
      await run(stage.at({}, { table: "nope", schema: 'Odd "Name' }));
      expect([await stage.server.sql(count, "app"), await stage.server.sql(tables, "app")]).toEqual(before);
    });

    it("is asked in a read-only transaction", async () => {
      await stage.server.sql("ALTER SYSTEM SET log_statement = 'all'; ");
      await stage.server.sql("SELECT pg_reload_conf()");
      await settingIs(stage.server, "log_statement", "all");
      await run(stage.at());
      await stage.server.sql("ALTER SYSTEM RESET log_statement");
      await stage.server.sql("SELECT pg_reload_conf()");
      const statements = stage.server.log();
      expect(statements).toMatch(/BEGIN READ ONLY[\s\S]*has_any_column_privilege[\s\S]*ROLLBACK/);
    });
  });
}
