import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { createAuthority } from "../../../lab/pki";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  trusting,
  USER,
  type CaseOverrides,
  type DsnParts,
} from "../../../lab/backends/postgres";
import { authority, server, run, at, phase, settingIs } from "./stage";

export function sslModes(): void {
  describe("sslmode", () => {
    const trusted = (): CaseOverrides => ({ tls: trusting(authority.cert) });
    type Row = readonly [
      string,
      Partial<DsnParts>,
      () => CaseOverrides,
      Partial<ProbeReport> & { tlsPhase: string },
    ];
    const none = (): CaseOverrides => ({});
    const rows: readonly Row[] = [
      ["disable", {}, none, { insecure: "PlainText", tlsPhase: "Skipped: sslmode does not ask for TLS" }],
      ["allow", {}, none, { insecure: "PlainText", tlsPhase: "Skipped: sslmode does not ask for TLS" }],
      ["allow", { user: "only_tls" }, none, { insecure: "PlainText", tlsPhase: "Passed" }],
      ["prefer", {}, none, { insecure: "VerificationSkipped", tlsPhase: "Passed" }],
      ["prefer", { user: "only_plain" }, none, { insecure: "PlainText", tlsPhase: "Passed" }],
      ["require", {}, none, { insecure: "VerificationSkipped", tlsPhase: "Passed" }],
      ["require", {}, trusted, { tlsPhase: "Passed" }],
      ["require", { host: "127.0.0.1" }, trusted, { tlsPhase: "Passed" }],
      ["verify-ca", { host: "127.0.0.1" }, trusted, { tlsPhase: "Passed" }],
      ["verify-full", {}, trusted, { tlsPhase: "Passed" }],
      ["prefer", {}, trusted, { tlsPhase: "Passed" }],
    ];
    it.each(rows)("%s works with %j", async (mode, parts, overrides, { insecure, tlsPhase }) => {
      const report = await run(at({ ...parts, query: `sslmode=${mode}` }, overrides()));
      expect(report.failure).toBeUndefined();
      expect(report.insecure).toBe(insecure);
      expect(phase(report, "TLS")).toBe(tlsPhase);
    });

    it.each([
      ["verify-full", { host: "127.0.0.1" }, "TLSNameMismatch"],
      ["prefer", { host: "127.0.0.1" }, "TLSNameMismatch"],
      ["allow", { host: "127.0.0.1" }, "TLSNameMismatch"],
    ] as const)("%s with authorities verifies the name", async (mode, parts, cause) => {
      const report = await run(at({ ...parts, query: `sslmode=${mode}` }, trusted()));
      expect(report.failure?.cause).toBe(cause);
      expect(report.insecure).toBeUndefined();
    });

    it.each(["require", "verify-ca", "verify-full", "prefer"])(
      "%s never falls back when the chain is not trusted",
      async (mode) => {
        const other = { tls: trusting(createAuthority("Other").cert) };
        const report = await run(at({ query: `sslmode=${mode}` }, other));
        expect(report.failure?.cause).toBe("TLSUntrusted");
        expect(report.insecure).toBeUndefined();
      },
    );

    it("shows insecureSkipVerify as such, whatever sslmode verifies", async () => {
      const report = await run(
        at({ host: "127.0.0.1", query: "sslmode=verify-full" }, { tls: { insecureSkipVerify: true } }),
      );
      expect(report.failure).toBeUndefined();
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("starts with TLS at once for sslnegotiation=direct", async () => {
      const query = "sslmode=verify-full&sslnegotiation=direct";
      expect((await run(at({ query }, trusted()))).failure).toBeUndefined();
    });

    describe("at a server without TLS", () => {
      let plain: PostgresServer;
      beforeAll(async () => {
        plain = await startPostgres();
        await plain.sql(`CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`);
        await plain.sql(`CREATE DATABASE app OWNER ${USER}`);
      });
      afterAll(() => plain?.stop());
      const here = (query: string, overrides?: CaseOverrides): ProbeCase =>
        at({ port: plain.port, query }, overrides);

      it.each(["prefer", "allow", "disable"])("%s works in plain text", async (mode) => {
        const report = await run(here(`sslmode=${mode}`));
        expect(report.failure).toBeUndefined();
        expect(report.insecure).toBe("PlainText");
        expect(report.tls).toBeUndefined();
        const why = mode === "prefer" ? "the server does not offer TLS" : "sslmode does not ask for TLS";
        expect(phase(report, "TLS")).toBe(`Skipped: ${why}`);
      });
      it.each(["require", "verify-ca", "verify-full"])("%s is TLSFailed", async (mode) => {
        const report = await run(here(`sslmode=${mode}`));
        expect(report.failure).toMatchObject({ cause: "TLSFailed" });
        expect(report.failure?.message).toContain(`does not offer TLS, which sslmode=${mode} asks for`);
        expect(phase(report, "TLS")).toBe("Failed");
        expect(report.insecure).toBeUndefined();
      });
      it("prefer is TLSFailed when the sink names authorities", async () => {
        expect((await run(here("sslmode=prefer", trusted()))).failure?.cause).toBe("TLSFailed");
      });
      it("reports a server that takes no writes, and looks for the primary among several hosts", async () => {
        const hosts = `localhost:${plain.port},localhost:${server.port}`;
        const dsn = dsnUrl({ host: hosts, port: server.port }).replace(/:\d+\/app/, "/app");
        await plain.sql("ALTER SYSTEM SET default_transaction_read_only = on");
        await plain.sql("SELECT pg_reload_conf()");
        await settingIs(plain, "default_transaction_read_only", "on");
        try {
          const report = await run(postgresCase(dsn));
          expect(report.failure).toMatchObject({ cause: "PermissionDenied" });
          expect(report.failure?.message).toContain("default_transaction_read_only");
          expect((await run(postgresCase(`${dsn}?target_session_attrs=read-write`))).failure).toBeUndefined();
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
