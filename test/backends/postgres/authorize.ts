import { describe, expect, it } from "vitest";
import { server, run, at, phase, settingIs } from "./stage";

export function authorize(): void {
  describe("authorize", () => {
    // Which rights and tables suffice is the matter of test/truth/postgres.test.ts.
    it("is skipped when the user may not look into the catalog", async () => {
      await server.sql("CREATE DATABASE strict");
      await server.sql("REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC", "strict");
      const report = await run(at({ database: "strict" }));
      expect(report.failure).toBeUndefined();
      expect(phase(report, "Authorize")).toBe("Skipped: not permitted to ask");
      expect(report.unproven).toMatchObject([{ need: "postgres:Privileges", kind: "NotAnswered" }]);
    });

    it("is skipped at a server that has another catalog", async () => {
      await server.sql("CREATE DATABASE foreign_catalog");
      await server.sql(
        `SET allow_system_table_mods = on;
       ALTER FUNCTION pg_catalog.has_column_privilege(oid, int2, text) RENAME TO has_other_privilege`,
        "foreign_catalog",
      );
      const report = await run(at({ database: "foreign_catalog" }));
      expect(report.failure).toBeUndefined();
      expect(phase(report, "Authorize")).toBe("Skipped: the server does not know the question for rights");
    });

    it("changes nothing at the server", async () => {
      const count = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS n FROM pg_stat_user_tables";
      const tables = "SELECT count(*)::int AS n FROM pg_class";
      const before = [await server.sql(count, "app"), await server.sql(tables, "app")];
      await run(at());
      await run(at({}, { table: "nope" }));
      expect([await server.sql(count, "app"), await server.sql(tables, "app")]).toEqual(before);
    });

    it("is asked in a read-only transaction", async () => {
      await server.sql("ALTER SYSTEM SET log_statement = 'all'; ");
      await server.sql("SELECT pg_reload_conf()");
      await settingIs(server, "log_statement", "all");
      await run(at());
      await server.sql("ALTER SYSTEM RESET log_statement");
      await server.sql("SELECT pg_reload_conf()");
      const statements = server.log();
      expect(statements).toMatch(/SET LOCAL transaction_read_only = on;[\s\S]*has_column_privilege/);
      expect(statements).not.toMatch(/BEGIN/);
    });
  });
}
