import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresCase } from "../../../lab/backends/postgres";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { expectFailure, expectPassed } from "../expect-report";
import { run, type Stage } from "./stage";

export function standby(stage: Stage): void {
  describe("a standby", () => {
    let standby: PostgresServer;
    beforeAll(async () => {
      standby = await startPostgres({ standby: true });
    });
    afterAll(() => standby?.stop());
    const as = (hosts: string, query: string): ProbeCase => {
      const { user, password } = stage.server.superuser;
      return postgresCase(`host=${hosts} user=${user} password=${password} dbname=postgres ${query}`);
    };

    it("is reported, because the sink could not write there", async () => {
      await expectFailure(
        run(as("localhost", `port=${standby.port}`)),
        "PermissionDenied",
        "is a standby, which takes no writes",
      );
    });
    it.each(["read-write", "primary"])("is passed over for target_session_attrs=%s", async (attrs) => {
      const query = `port=${standby.port},${stage.server.port} target_session_attrs=${attrs}`;
      await expectPassed(run(as("localhost,localhost", query)));
      expect(await standby.connections()).toBe(0);
    });
    it.each(["standby", "prefer-standby", "read-only"])(
      "is taken for target_session_attrs=%s",
      async (attrs) => {
        const query = `port=${stage.server.port},${standby.port} target_session_attrs=${attrs}`;
        const report = await run(as("localhost,localhost", query));
        expect(report.failure?.message).toContain(`localhost:${standby.port} is a standby`);
      },
    );
    it("is TargetNotFound when nothing else is there", async () => {
      await expectFailure(
        run(as("localhost", `port=${standby.port} target_session_attrs=primary`)),
        "TargetNotFound",
        "target_session_attrs=primary",
      );
    });
  });
}
