import { describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { trusting, type CaseOverrides, type DsnParts } from "../../../lab/backends/postgres";
import { createAuthority } from "../../../lab/pki";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run, type Stage } from "./stage";

/** What each sslmode asks for, at a server with TLS. */
export function tls(stage: Stage): void {
  describe("sslmode", () => {
    const trusted = (): CaseOverrides => ({ tls: trusting(stage.authority.cert) });
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
      const report = await expectPassed(run(stage.at({ ...parts, query: `sslmode=${mode}` }, overrides())));
      expect(report.insecure).toBe(insecure);
      expect(results(report).TLS).toBe(tlsPhase);
    });

    it.each([
      ["verify-full", { host: "127.0.0.1" }, "TLSNameMismatch"],
      ["prefer", { host: "127.0.0.1" }, "TLSNameMismatch"],
      ["allow", { host: "127.0.0.1" }, "TLSNameMismatch"],
    ] as const)("%s with authorities verifies the name", async (mode, parts, cause) => {
      const report = await expectFailure(
        run(stage.at({ ...parts, query: `sslmode=${mode}` }, trusted())),
        cause,
      );
      expect(report.insecure).toBeUndefined();
    });

    it.each(["require", "verify-ca", "verify-full", "prefer"])(
      "%s never falls back when the chain is not trusted",
      async (mode) => {
        const other = { tls: trusting(createAuthority("Other").cert) };
        const report = await expectFailure(
          run(stage.at({ query: `sslmode=${mode}` }, other)),
          "TLSUntrusted",
        );
        expect(report.insecure).toBeUndefined();
      },
    );

    it("shows insecureSkipVerify as such, whatever sslmode verifies", async () => {
      const report = await expectPassed(
        run(
          stage.at(
            { host: "127.0.0.1", query: "sslmode=verify-full" },
            { tls: { insecureSkipVerify: true } },
          ),
        ),
      );
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("starts with TLS at once for sslnegotiation=direct", async () => {
      const query = "sslmode=verify-full&sslnegotiation=direct";
      await expectPassed(run(stage.at({ query }, trusted())));
    });

    it("uses TLS versions as the string says", async () => {
      const query = "sslmode=require&ssl_max_protocol_version=TLSv1.2";
      expect((await run(stage.at({ query }))).tls?.version).toBe("TLSv1.2");
    });
  });
}
