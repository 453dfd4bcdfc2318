import { beforeAll, describe, expect, it } from "vitest";
import { login, trusting } from "../../../lab/backends/nats";
import { createAuthority } from "../../../lab/pki";
import type { NatsServer } from "../../../lab/servers/nats";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run, useServers, type Stage } from "./stage";

function localhost({ port }: { port: number }, scheme = "nats"): string {
  return `${scheme}://localhost:${port}`;
}

export function tls(stage: Stage): void {
  const authority = createAuthority();
  const clients = createAuthority("Kollect Client CA");

  describe("nats: TLS", () => {
    const start = useServers();
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
      const report = await expectPassed(run({ url: localhost(optional, "tls"), tls: trust() }));
      expect(report.tls).toMatchObject({ version: "TLSv1.3", issuer: "CN=Kollect Test CA" });
      expect(report.insecure).toBeUndefined();
    });

    it("encrypts when spec.tls is there", async () => {
      const report = await run({ url: localhost(optional), tls: trust() });
      expect(report.tls?.version).toBe("TLSv1.3");
    });

    it("encrypts when the server requires it, and trusts the system's authorities then", async () => {
      const report = await expectFailure(
        run({ url: localhost(required) }),
        "TLSUntrusted",
        /not signed by a trusted/,
      );
      expect(results(report)).toMatchObject({ TLS: "Failed" });
    });

    it("stays with plain text where TLS is only offered and the sink does not ask, and shows it", async () => {
      const report = await expectPassed(run({ url: localhost(optional) }));
      expect(report.insecure).toBe("PlainText");
      expect(results(report)).toMatchObject({ TLS: "Skipped: neither the sink nor the server asks for it" });
    });

    it("shows that verification is skipped", async () => {
      const report = await expectPassed(run({ url: localhost(required), tls: { insecureSkipVerify: true } }));
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("begins the handshake by itself when the server waits for it", async () => {
      const report = await expectPassed(run({ url: localhost(first), tls: trust() }));
      expect(report).toMatchObject({ serverVersion: "2.15.2" });
      expect(results(report)).toMatchObject({ TLS: "Passed" });
    });

    it("reports TLSFailed when the sink asks for TLS and the server has none", async () => {
      const report = await expectFailure(
        run({ url: localhost(stage.streams, "tls"), tls: trust(), secret: login("kollect") }),
        "TLSFailed",
        /does not offer TLS/,
      );
      expect(report.insecure).toBeUndefined();
    });

    it("logs in by a client certificate", async () => {
      const { cert, key: privateKey } = clients.issue({ names: ["kollect"], client: true });
      const secret = { "tls.crt": cert, "tls.key": privateKey };
      await expectPassed(run({ url: localhost(mutual), tls: trust(), secret }));
    });

    it("reports AuthenticationFailed for a client certificate that the server does not trust", async () => {
      const { cert, key: privateKey } = createAuthority("Else").issue({ names: ["kollect"], client: true });
      const secret = { "tls.crt": cert, "tls.key": privateKey };
      await expectFailure(
        run({ url: localhost(mutual), tls: trust(), secret }),
        "AuthenticationFailed",
        /refused the client certificate/,
      );
    });

    it("reports AuthenticationFailed when the server wants a client certificate and the sink has none", async () => {
      await expectFailure(
        run({ url: localhost(mutual), tls: trust() }),
        "AuthenticationFailed",
        /certificate/,
      );
    });
  });
}
