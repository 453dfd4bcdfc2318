import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "../../../lab/pki";
import { type NatsServer } from "../../../lab/servers/nats";
import { login, trusting } from "../../../lab/backends/nats";
import {
  authority,
  clients,
  streams,
  stopServers,
  start,
  run,
  expectFailure,
  results,
  localhost,
} from "./stage";

export function tls(): void {
  describe("nats: TLS", () => {
    afterAll(stopServers);
    let required: NatsServer;
    let optional: NatsServer;
    let first: NatsServer;
    let mutual: NatsServer;
    const trust = (): { caBundle: string } => trusting(authority.cert);
    beforeAll(async () => {
      const tls = authority.issue({ names: ["localhost"] });
      const tlsSettings = { handshake_first: true };
      [required, optional, first, mutual] = await Promise.all([
        start({ tls }),
        start({ tls, config: { allow_non_tls: true } }),
        start({ tls, tlsSettings }),
        start({ tls, clientCa: clients.cert }),
      ]);
    });

    it("encrypts when the address says so", async () => {
      const report = await run({ url: localhost(optional, "tls"), tls: trust() });
      expect(report.failure).toBeUndefined();
      expect(report.tls).toMatchObject({ version: "TLSv1.3", issuer: "CN=Kollect Test CA" });
      expect(report.insecure).toBeUndefined();
    });

    it("encrypts when spec.tls has an authority", async () => {
      const report = await run({ url: localhost(optional), tls: trust() });
      expect(report.tls?.version).toBe("TLSv1.3");
    });

    it("does not encrypt for tls: {} alone, as the exporter's client does not", async () => {
      const report = await run({ url: localhost(optional), tls: {} });
      expect(report.insecure).toBe("PlainText");
    });

    it("encrypts when the server requires it, and trusts the system's authorities then", async () => {
      const report = await expectFailure(
        { url: localhost(required) },
        "TLSUntrusted",
        /not signed by a trusted/,
      );
      expect(results(report)).toMatchObject({ TLS: "Failed" });
    });

    it("stays with plain text where TLS is only offered and the sink does not ask, and shows it", async () => {
      const report = await run({ url: localhost(optional) });
      expect(report.failure).toBeUndefined();
      expect(report.insecure).toBe("PlainText");
      expect(results(report)).toMatchObject({ TLS: "Skipped" });
    });

    it("shows that verification is skipped", async () => {
      const report = await run({ url: localhost(required), tls: { insecureSkipVerify: true } });
      expect(report.failure).toBeUndefined();
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it.each([
      ["an authority", trust],
      ["no spec.tls", () => undefined],
    ])("names handshake_first when the server waits for TLS and the sink has %s", async (_, make) => {
      const tls = make();
      const report = await expectFailure(
        { url: localhost(first), ...(tls ? { tls } : {}) },
        "TLSFailed",
        /sends INFO only after the TLS handshake \(handshake_first\).*Set handshake_first to auto/,
      );
      expect(report.phases.filter(({ result }) => result === "Failed")).toHaveLength(1);
    });

    it("reports TLSFailed when the sink asks for TLS and the server has none", async () => {
      const report = await expectFailure(
        { url: localhost(streams, "tls"), tls: trust(), secret: login("kollect") },
        "TLSFailed",
        /does not offer TLS/,
      );
      expect(report.insecure).toBeUndefined();
    });

    it("logs in by a client certificate", async () => {
      const { cert, key: privateKey } = clients.issue({ names: ["kollect"], client: true });
      const secret = { "tls.crt": cert, "tls.key": privateKey };
      const report = await run({ url: localhost(mutual), tls: trust(), secret });
      expect(report.failure).toBeUndefined();
    });

    it("reports AuthenticationFailed for a client certificate that the server does not trust", async () => {
      const { cert, key: privateKey } = createAuthority("Else").issue({ names: ["kollect"], client: true });
      const secret = { "tls.crt": cert, "tls.key": privateKey };
      await expectFailure(
        { url: localhost(mutual), tls: trust(), secret },
        "AuthenticationFailed",
        /refused the client certificate/,
      );
    });

    it("reports AuthenticationFailed when the server wants a client certificate and the sink has none", async () => {
      await expectFailure({ url: localhost(mutual), tls: trust() }, "AuthenticationFailed", /certificate/);
    });
  });
}
