import { describe, expect, it } from "vitest";
import { at, token, WRITER, WRONG_PASSWORD, type KafkaStage } from "../../../lab/backends/kafka";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run } from "./stage";

export function logins(stage: KafkaStage): void {
  describe("kafka: logins", () => {
    for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "scram-sha-512"]) {
      it(`proves user name and password by ${mechanism}`, async () => {
        const report = await expectPassed(
          run({ brokers: at(stage, "SASL"), secret: { ...WRITER, mechanism } }),
        );
        expect(results(report)).toMatchObject({
          Authenticate: "Passed",
          Authorize: "Passed",
          TLS: "Skipped: spec.tls sets no authority and does not skip verification",
        });
        expect(report.insecure).toBe("PlainText");
      });

      it(`reports AuthenticationFailed for a wrong password by ${mechanism}`, async () => {
        const secret = { username: WRITER.username, password: WRONG_PASSWORD, mechanism };
        const report = await expectFailure(
          run({ brokers: at(stage, "SASL"), secret }),
          "AuthenticationFailed",
          /refused user kollect or its password\. Check the keys username and password of Secret kafka-login/,
        );
        expect(report.phases.at(-1)).toMatchObject({ name: "Authenticate", result: "Failed" });
      });
    }

    it("takes SCRAM-SHA-256 when the Secret names no mechanism", async () => {
      const report = await expectPassed(run({ brokers: at(stage, "SCRAM"), secret: WRITER }));
      expect(report.limited).toBeUndefined();
    });

    it("reports AuthenticationFailed for a user that does not exist", async () => {
      const secret = { username: "unknown", password: WRONG_PASSWORD, mechanism: "SCRAM-SHA-256" };
      await expectFailure(
        run({ brokers: at(stage, "SASL"), secret }),
        "AuthenticationFailed",
        /user unknown/,
      );
    });

    it("takes the key token for the password when it is there", async () => {
      const secret = { username: WRITER.username, password: WRONG_PASSWORD, token: WRITER.password };
      await expectPassed(run({ brokers: at(stage, "SASL"), secret }));
    });

    it("takes the key token for a bearer token by OAUTHBEARER", async () => {
      const secret = { mechanism: "OAUTHBEARER", token: token("kollect") };
      const report = await expectPassed(run({ brokers: at(stage, "SASL"), secret }));
      expect(report.limited).toContainEqual({ id: "MechanismIgnored", effect: "fails" });
    });

    it("reports AuthenticationFailed for a token that the broker refuses", async () => {
      const secret = { mechanism: "OAUTHBEARER", token: token("kollect", -60) };
      await expectFailure(
        run({ brokers: at(stage, "SASL"), secret }),
        "AuthenticationFailed",
        /refused the token\. Check the key token of Secret kafka-login/,
      );
    });

    it("reports UnsupportedAuthMechanism and what the listener offers instead", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SCRAM"), secret: { ...WRITER, mechanism: "PLAIN" } }),
        "UnsupportedAuthMechanism",
        /does not offer SASL PLAIN on this port\. It offers SCRAM-SHA-256\./,
      );
    });

    it("reports UnsupportedAuthMechanism for a login at a listener without SASL", async () => {
      await expectFailure(
        run({ brokers: at(stage, "PLAIN"), secret: WRITER }),
        "UnsupportedAuthMechanism",
        /uses no SASL on this port/,
      );
    });

    it("reports AuthenticationFailed when a listener wants a login and the sink has none", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SASL") }),
        "AuthenticationFailed",
        /Set spec\.kafka\.secretRef/,
      );
    });

    it("needs no login where the listener asks for none", async () => {
      const report = await expectPassed(run({ brokers: at(stage, "PLAIN") }));
      expect(results(report).Authenticate).toBe("Skipped: no credentials are set");
    });
  });
}
