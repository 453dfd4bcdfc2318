import { describe, expect, it } from "vitest";
import { at, trusting, WRITER, type KafkaStage } from "../../../lab/backends/kafka";
import { createAuthority } from "../../../lab/pki";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run } from "./stage";

export function tls(stage: KafkaStage): void {
  describe("kafka: TLS", () => {
    const tls = (): { caBundle: string } => trusting(stage.authority.cert);

    it("shows the peer's certificate", async () => {
      const report = await expectPassed(run({ brokers: at(stage, "TLS"), tls: tls(), secret: WRITER }));
      expect(report.tls).toMatchObject({ version: "TLSv1.3", issuer: "CN=Kollect Test CA" });
      expect(report.insecure).toBeUndefined();
    });

    it("shows that verification is skipped", async () => {
      const report = await expectPassed(
        run({
          brokers: at(stage, "EXPIRED"),
          tls: { insecureSkipVerify: true },
          secret: { ...WRITER, mechanism: "PLAIN" },
        }),
      );
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("logs in by a client certificate", async () => {
      const { cert, key } = stage.clients.issue({ names: ["kollect"], client: true });
      const report = await expectPassed(
        run({
          brokers: at(stage, "MTLS"),
          tls: tls(),
          secret: { "tls.crt": cert, "tls.key": key },
        }),
      );
      expect(results(report)).toMatchObject({
        TLS: "Passed",
        Authenticate: "Skipped: the client certificate is sent during TLS",
        Authorize: "Passed",
      });
    });

    it("reports AuthenticationFailed for a client certificate that the broker does not trust", async () => {
      const { cert, key } = createAuthority("Another Authority").issue({ names: ["kollect"], client: true });
      await expectFailure(
        run({ brokers: at(stage, "MTLS"), tls: tls(), secret: { "tls.crt": cert, "tls.key": key } }),
        "AuthenticationFailed",
        /refused the client certificate/,
      );
    });

    it("reports AuthenticationFailed when the broker wants a client certificate and the sink has none", async () => {
      await expectFailure(
        run({ brokers: at(stage, "MTLS"), tls: tls() }),
        "AuthenticationFailed",
        /certificate/,
      );
    });

    it.each([{}, undefined])("reports TLSFailed for a TLS port with spec.tls %j", async (without) => {
      await expectFailure(
        run({ brokers: at(stage, "TLS"), secret: WRITER, ...(without ? { tls: without } : {}) }),
        "TLSFailed",
        /requires TLS, and the sink does not use it\. Use a listener without TLS: Kollect 0\.18/,
      );
    });

    it("reports TLSFailed for a plain port with spec.tls", async () => {
      await expectFailure(
        run({ brokers: at(stage, "SASL"), tls: tls(), secret: WRITER }),
        "TLSFailed",
        /TLS/,
      );
    });
  });
}
