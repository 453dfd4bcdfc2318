import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { dsnUrl, PASSWORD, USER, type DsnParts } from "../../../lab/backends/postgres";
import { server, client, run, at, phase, expectFailure, refusalsInLog } from "./stage";

export function login(): void {
  describe("authentication", () => {
    it.each([
      ["SCRAM with channel binding over TLS", { query: "channel_binding=require&sslmode=require" }],
      ["SCRAM without channel binding over TLS", { query: "channel_binding=disable&sslmode=require" }],
      ["SCRAM in plain text", { query: "sslmode=disable" }],
      ["MD5", { user: "by_md5" }],
      ["a password in clear", { user: "by_password" }],
      ["nothing asked", { user: "by_trust" }],
      ["the method that require_auth wants", { query: "require_auth=scram-sha-256" }],
    ] as ReadonlyArray<readonly [string, Partial<DsnParts>]>)("passes by %s", async (_what, parts) => {
      const report = await run(at(parts));
      expect(report.failure).toBeUndefined();
      expect(report.serverVersion).toMatch(/^18\./);
      expect(phase(report, "Authenticate")).toBe("Passed");
    });

    it("passes by SCRAM with as many rounds as are computed, and names the setting above that", async () => {
      const role = (user: string, rounds: number): Promise<unknown> =>
        server.sql(`SET scram_iterations = ${rounds}; CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}'`);
      await role("most_rounds", 1_000_000);
      await role("more_rounds", 1_000_001);
      expect(phase(await run(at({ user: "most_rounds" })), "Authenticate")).toBe("Passed");
      await expectFailure(
        at({ user: "more_rounds" }),
        "UnsupportedAuthMechanism",
        /asks for more than 1,000,000 rounds of SCRAM.* Lower scram_iterations, and set the password of user more_rounds/,
      );
    });

    it("passes by client certificate from the Secret", async () => {
      const keys = { "tls.crt": client.cert, "tls.key": client.key };
      const report = await run(at({ user: "by_cert", query: "sslmode=require" }, { keys }));
      expect(report.failure).toBeUndefined();
    });

    it("is repeated for every DSN form and Secret key", async () => {
      const keywords = `host=localhost port=${server.port} user=${USER} dbname=app password='${PASSWORD}'`;
      const url = `${dsnUrl({ host: "localhost", port: server.port })}\n`;
      const cases: Array<Record<string, string>> = [{ dsn: keywords }, { url }, { DATABASE_URL: url }];
      for (const values of cases) {
        const probeCase = { ...at(), secrets: { "spec.postgres.databaseRef": values } };
        expect((await run(probeCase)).failure).toBeUndefined();
      }
    });

    const refusals: ReadonlyArray<readonly [string, Partial<DsnParts>, Cause, RegExp]> = [
      [
        "a wrong password",
        { password: "wrong" },
        "AuthenticationFailed",
        /refused the password of user kollect\. Check the key dsn of Secret pg-dsn\./,
      ],
      [
        "a wrong password for MD5",
        { user: "by_md5", password: "wrong" },
        "AuthenticationFailed",
        /refused the password/,
      ],
      [
        "a wrong password in clear",
        { user: "by_password", password: "x" },
        "AuthenticationFailed",
        /refused the password/,
      ],
      ["an unknown user", { user: "who" }, "AuthenticationFailed", /refused the password of user who/],
      [
        "an unknown user who is trusted",
        { user: "not_a_role" },
        "AuthenticationFailed",
        /knows no user not_a_role/,
      ],
      [
        "no password",
        { password: "" },
        "AuthenticationFailed",
        /asks for a password, and the key dsn .* holds none/,
      ],
      [
        "no client certificate",
        { user: "by_cert", query: "sslmode=require" },
        "AuthenticationFailed",
        /user by_cert/,
      ],
      ["an unknown database", { database: "nope" }, "TargetNotFound", /no database nope/],
      [
        "a user who needs TLS",
        { user: "only_tls", query: "sslmode=disable" },
        "AuthenticationFailed",
        /without TLS/,
      ],
      [
        "a method that require_auth excludes",
        { query: "require_auth=password" },
        "UnsupportedAuthMechanism",
        /scram-sha-256/,
      ],
      [
        "no method while require_auth wants one",
        { user: "by_trust", query: "require_auth=scram-sha-256" },
        "UnsupportedAuthMechanism",
        /none/,
      ],
      [
        "channel binding without TLS",
        { query: "channel_binding=require&sslmode=disable" },
        "UnsupportedAuthMechanism",
        /channel binding/,
      ],
      [
        "channel binding without SCRAM",
        { user: "by_md5", query: "channel_binding=require" },
        "UnsupportedAuthMechanism",
        /channel binding/,
      ],
      [
        "a bad setting",
        { query: "options=-c%20no_such_setting%3D1" },
        "InvalidConfiguration",
        /the setting options/,
      ],
      [
        "a foreign parameter",
        { query: "ssl=true" },
        "InvalidConfiguration",
        /the parameter ssl .*sslmode=require/,
      ],
      [
        "a piece of a password",
        { query: "Tr0ub4dor=1" },
        "InvalidConfiguration",
        /a parameter that it does not know/,
      ],
    ];
    it.each(refusals)("reports %s", async (_what, parts, cause, words) => {
      const report = await expectFailure(at(parts), cause, words);
      expect(phase(report, "Authenticate")).toBe("Failed");
      expect(phase(report, "Verify")).toBeUndefined();
    });

    it("sends a refused password once, so that sslmode=prefer locks no account", async () => {
      const before = refusalsInLog();
      await run(at({ password: "wrong-once", query: "sslmode=prefer" }));
      await sleep(50);
      expect(refusalsInLog() - before).toBe(1);
    });

    it("takes nothing from the operator's own environment", async () => {
      const planted = {
        PGPASSWORD: PASSWORD,
        PGUSER: USER,
        PGDATABASE: "nope",
        PGHOST: "192.0.2.1",
        PGOPTIONS: "-c no_such_setting=1",
        PGSSLMODE: "no-verify",
        PGSSLNEGOTIATION: "direct",
        PGAPPNAME: "planted",
        PGREPLICATION: "database",
      };
      Object.assign(process.env, planted);
      try {
        expect((await run(at())).failure).toBeUndefined();
        expect((await run(at({ password: "" }))).failure?.cause).toBe("AuthenticationFailed");
      } finally {
        for (const name of Object.keys(planted)) delete process.env[name];
      }
    });
  });
}
