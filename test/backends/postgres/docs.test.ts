import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import { runCase } from "../../../lab/backends/run-case";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { dsnUrl, postgresCase } from "../../../lab/backends/postgres";

/** The SQL that the page shows: for a table that exists, for one that the sink creates, for single columns; the table. */
const page = readFileSync(join("docs", "sinks", "postgres.md"), "utf8");
const [forExisting = "", forEnsure = "", , forTable = ""] = [...page.matchAll(/```sql\n(.*?)```/gs)].map(
  ([, sql = ""]) => sql,
);

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.sql("CREATE DATABASE inventory");
  await server.sql("REVOKE ALL ON DATABASE inventory FROM PUBLIC");
  await server.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC", "inventory");
  await server.sql(forTable, "inventory");
});
afterAll(() => server?.stop());

beforeEach(async () => {
  const [role] = await server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'kollect'");
  if (role) await server.sql("DROP OWNED BY kollect; DROP ROLE kollect", "inventory");
});

async function causeWith(sql: string, table: string): Promise<string | undefined> {
  await server.sql(sql, "inventory");
  const dsn = dsnUrl({ host: "localhost", port: server.port, password: "choose one", database: "inventory" });
  const report = await runCase(postgresProbe, postgresCase(dsn, { table }));
  return report.failure?.cause;
}

function withoutLine(sql: string, line: string): string {
  return sql.replace(`${line}\n`, "");
}

describe("the least rights that the docs show", () => {
  it("are enough for a table that exists", async () => {
    expect(forExisting).toContain("GRANT SELECT, INSERT, UPDATE, DELETE");
    expect(await causeWith(forExisting, "inventory")).toBeUndefined();
  });
  it("are enough for a table that the sink creates", async () => {
    expect(forEnsure).toContain("CREATE ON SCHEMA");
    expect(await causeWith(forEnsure, "new_table")).toBeUndefined();
  });
  it.each(forExisting.match(/^GRANT.*$/gm) ?? [])("are not enough without: %s", async (grant) => {
    expect(await causeWith(withoutLine(forExisting, grant), "inventory")).toMatch(
      /PermissionDenied|TargetNotFound/,
    );
  });
  it.each(forEnsure.match(/^GRANT.*$/gm) ?? [])("are not enough to create without: %s", async (grant) => {
    expect(await causeWith(withoutLine(forEnsure, grant), "new_table")).toMatch(
      /PermissionDenied|TargetNotFound/,
    );
  });
});
