import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  trusting,
  USER,
  type CaseOverrides,
} from "../../../lab/backends/postgres";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run, settingIs, type Stage } from "./stage";

/** What each sslmode makes of a server without TLS. */
export function plainText(stage: Stage): void {
  describe("sslmode", () => {
    const trusted = (): CaseOverrides => ({ tls: trusting(stage.authority.cert) });
    describe("at a server without TLS", () => {
      let plain: PostgresServer;
      beforeAll(async () => {
        plain = await startPostgres();
        await plain.sql(`CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`);
        await plain.sql(`CREATE DATABASE app OWNER ${USER}`);
      });
      afterAll(() => plain?.stop());
      const here = (query: string, overrides?: CaseOverrides): ProbeCase =>
        stage.at({ port: plain.port, query }, overrides);

      it.each(["prefer", "allow", "disable"])("%s works in plain text", async (mode) => {
        const report = await expectPassed(run(here(`sslmode=${mode}`)));
        expect(report.insecure).toBe("PlainText");
        expect(report.tls).toBeUndefined();
      });
      it.each(["require", "verify-ca", "verify-full"])("%s is TLSFailed", async (mode) => {
        const report = await expectFailure(
          run(here(`sslmode=${mode}`)),
          "TLSFailed",
          `does not offer TLS, which sslmode=${mode} asks for`,
        );
        expect(results(report).TLS).toBe("Failed");
        expect(report.insecure).toBeUndefined();
      });
      it("prefer is TLSFailed when the sink names authorities", async () => {
        await expectFailure(run(here("sslmode=prefer", trusted())), "TLSFailed");
      });
      it("reports a server that takes no writes, and looks for the primary among several hosts", async () => {
        const hosts = `localhost:${plain.port},localhost:${stage.server.port}`;
        const dsn = dsnUrl({ host: hosts, port: stage.server.port }).replace(/:\d+\/app/, "/app");
        await plain.sql("ALTER SYSTEM SET default_transaction_read_only = on");
        await plain.sql("SELECT pg_reload_conf()");
        await settingIs(plain, "default_transaction_read_only", "on");
        try {
          await expectFailure(run(postgresCase(dsn)), "PermissionDenied", "default_transaction_read_only");
          await expectPassed(run(postgresCase(`${dsn}?target_session_attrs=read-write`)));
          const readOnly = await run(postgresCase(`${dsn}?target_session_attrs=standby`));
          expect(readOnly.failure).toMatchObject({ cause: "TargetNotFound" });
          expect(readOnly.failure?.message).toContain("None of the 2 hosts can be used.");
        } finally {
          await plain.sql("ALTER SYSTEM RESET default_transaction_read_only");
          await plain.sql("SELECT pg_reload_conf()");
        }
      });
    });
  });
}
