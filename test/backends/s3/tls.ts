import { describe, expect, it } from "vitest";
import { BUCKET, s3Case, trusting, USER } from "../../../lab/backends/s3";
import { startWeb } from "../../../lab/servers/web";
import { expectFailure, expectPassed, results } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run, type Stage } from "./stage";

export function tls(stage: Stage): void {
  describe("s3 and TLS", () => {
    it.each(["tls.crt", "ca.crt", "ca.pem"])("trusts the authority of the key %s", async (key) => {
      await expectPassed(run(stage.at(BUCKET, { tls: {}, caSecret: { [key]: stage.authority.cert } })));
    });

    it("shows that the server's identity was not verified", async () => {
      const report = await expectPassed(run(stage.at(BUCKET, { tls: { insecureSkipVerify: true } })));
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("shows that the connection was plain text", async () => {
      const report = await expectPassed(
        run(s3Case(`http://${stage.plain.host}:${stage.plain.port}/${BUCKET}`)),
      );
      expect(report.insecure).toBe("PlainText");
      expect(results(report)).toMatchObject({ TLS: "Skipped: the endpoint is http://, without encryption" });
    });

    it("asks to check the protocol when http:// is asked of a server with TLS", async () => {
      await expectFailure(
        run(s3Case(`http://localhost:${stage.server.port}/${BUCKET}`)),
        "Unreachable",
        /Check the port's protocol/,
      );
    });

    it("shows its client certificate to a server that asks for one", async () => {
      const client = stage.authority.issue({ names: ["kollect"], client: true });
      const identity = stage.authority.issue({ names: ["localhost"] });
      const web = await duringTest(
        startWeb(() => ({ status: 200, headers: { "x-amz-request-id": "1" } }), {
          ...identity,
          ca: stage.authority.cert,
          requestCert: true,
          rejectUnauthorized: true,
        }),
      );
      const endpoint = `https://localhost:${web.port}/${BUCKET}`;
      const tls = trusting(stage.authority.cert);
      const keys = { "tls.crt": client.cert, "tls.key": client.key };
      await expectPassed(run(s3Case(endpoint, { tls, secret: { ...USER, ...keys } })));
      await expectFailure(run(s3Case(endpoint, { tls })), "AuthenticationFailed");
    });
  });
}
