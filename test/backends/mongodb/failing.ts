import { describe, expect, it } from "vitest";
import { mongodbCase, mongodbUri } from "../../../lab/backends/mongodb";
import { refusedPort } from "../../../lab/faults";
import { expectFailure, expectPassed, results } from "../expect-report";
import { APP, run, type Stage } from "./stage";

export function failing(stage: Stage): void {
  describe("a MongoDB sink that does not work", () => {
    it("reports AuthenticationFailed, with the Secret's key, when the password is wrong", async () => {
      const uri = mongodbUri({ hosts: [stage.server], password: "not-the-password", query: APP });
      const report = await expectFailure(run(mongodbCase(uri)), "AuthenticationFailed");
      expect(report.failure?.message).toBe(
        `MongoDB at 127.0.0.1:${stage.server.port} refused the login of user kollect: wrong password, no such user in its ` +
          "authSource, or none of its mechanisms fits. Check the key uri of Secret mongo-uri.",
      );
      expect(report.phases.at(-1)).toMatchObject({ name: "Authenticate", result: "Failed" });
    });

    it.each([
      ["the user does not exist", () => mongodbUri({ hosts: [stage.server], user: "unknown", query: APP })],
      [
        "the user is not in authSource",
        () => mongodbUri({ hosts: [stage.server], query: "authSource=elsewhere" }),
      ],
      [
        "the server does not have the mechanism for the user",
        () => mongodbUri({ hosts: [stage.server], query: "authMechanism=PLAIN" }),
      ],
    ])("reports AuthenticationFailed when %s", async (_, uri) => {
      await expectFailure(run(mongodbCase(uri())), "AuthenticationFailed");
    });

    it("reports AuthenticationFailed when the server wants a login and the string has none", async () => {
      const report = await expectFailure(
        run(mongodbCase(mongodbUri({ hosts: [stage.server], user: null }))),
        "AuthenticationFailed",
        "names no user",
      );
      expect(results(report)).toMatchObject({ Authenticate: "Skipped: the connection string names no user" });
    });

    it("reports TargetNotFound for a missing collection only when the sink may not make it", async () => {
      await expectFailure(
        run(stage.plain(APP, { collection: "missing", provisioning: "existing" })),
        "TargetNotFound",
        "has no collection missing",
      );
      await expectPassed(run(stage.plain(APP, { collection: "missing" })));
    });

    it("reports a standalone server behind replicaSet at once", async () => {
      const startedAt = Date.now();
      const report = await run(stage.plain(`${APP}&replicaSet=rs0`), { timeoutMs: 10_000 });
      expect(Date.now() - startedAt).toBeLessThan(5000);
      expect(report.failure?.cause).toBe("InvalidConfiguration");
      expect(report.failure?.message).toContain("is a standalone server, not a member of replica set rs0");
    });

    it("reports a standalone server beside a host that is none", async () => {
      const hosts = [stage.server, await refusedPort()];
      await expectFailure(run(mongodbCase(mongodbUri({ hosts, query: APP }))), "InvalidConfiguration");
    });

    it("takes a standalone server under two names, as the driver does", async () => {
      const hosts = [stage.server, { host: "localhost", port: stage.server.port }];
      await expectPassed(run(mongodbCase(mongodbUri({ hosts, query: APP }))));
    });

    it("names a placeholder once the login is refused", async () => {
      const uri = mongodbUri({ hosts: [stage.server], query: APP }).replace(
        /\/\/[^@]*@/,
        "//kollect:<password>@",
      );
      await expectFailure(
        run(mongodbCase(uri)),
        "AuthenticationFailed",
        "is a placeholder such as <password>",
      );
    });

    it("reports a port of TLS that is spoken to in plain text, and the other way round", async () => {
      const talkingPlain = await run(
        mongodbCase(mongodbUri({ hosts: [{ host: "localhost", port: stage.server.tlsPort }], query: APP })),
      );
      expect(["ProtocolError", "Unreachable"]).toContain(talkingPlain.failure?.cause);
      const talkingTls = await run(stage.plain(`${APP}&tls=true`), { timeoutMs: 2000 });
      expect(["TLSFailed", "TimedOut"]).toContain(talkingTls.failure?.cause);
    });
  });
}
