import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { postgresCase } from "../../../lab/backends/postgres";
import { server, run } from "./stage";

export function standby(): void {
  describe("a standby", () => {
    let standby: PostgresServer;
    beforeAll(async () => {
      standby = await startPostgres({ standby: true });
    });
    afterAll(() => standby?.stop());
    const as = (hosts: string, query: string): ProbeCase => {
      const { user, password } = server.superuser;
      return postgresCase(`host=${hosts} user=${user} password=${password} dbname=postgres ${query}`);
    };

    it("is reported, because the sink could not write there", async () => {
      const report = await run(as("localhost", `port=${standby.port}`));
      expect(report.failure).toMatchObject({ cause: "PermissionDenied" });
      expect(report.failure?.message).toContain("is a standby, which takes no writes");
    });
    it.each(["read-write", "primary"])("is passed over for target_session_attrs=%s", async (attrs) => {
      const query = `port=${standby.port},${server.port} target_session_attrs=${attrs}`;
      expect((await run(as("localhost,localhost", query))).failure).toBeUndefined();
      expect(await standby.connections()).toBe(0);
    });
    it.each(["standby", "prefer-standby", "read-only"])(
      "is taken for target_session_attrs=%s",
      async (attrs) => {
        const query = `port=${server.port},${standby.port} target_session_attrs=${attrs}`;
        const report = await run(as("localhost,localhost", query));
        expect(report.failure?.message).toContain(`localhost:${standby.port} is a standby`);
      },
    );
    it("is TargetNotFound when nothing else is there", async () => {
      const report = await run(as("localhost", `port=${standby.port} target_session_attrs=primary`));
      expect(report.failure).toMatchObject({ cause: "TargetNotFound" });
      expect(report.failure?.message).toContain("target_session_attrs=primary");
    });
  });
}
