import { describe, expect, it } from "vitest";
import { mongodbCase, mongodbUri, trusting } from "../../../lab/backends/mongodb";
import { createAuthority } from "../../../lab/pki";
import { expectFailure, expectPassed } from "../expect-report";
import { APP, run, type Stage } from "./stage";

export function tls(stage: Stage): void {
  describe("TLS with MongoDB", () => {
    it("is on for a sink that says whom to trust, and off when the string says so", async () => {
      expect((await run(stage.secured(stage.server.tlsPort))).tls).toBeDefined();
      const off = await expectPassed(
        run(stage.plain(`${APP}&tls=false`, { tls: trusting(stage.authority.cert) })),
      );
      expect(off.insecure).toBe("PlainText");
    });

    it.each([
      ["tlsInsecure=true", "127.0.0.1", undefined],
      ["tlsAllowInvalidCertificates=true", "localhost", undefined],
      ["tlsAllowInvalidHostnames=true", "127.0.0.1", "ca"],
    ])("works with %s, and shows it", async (option, host, ca) => {
      const uri = mongodbUri({
        hosts: [{ host, port: stage.server.tlsPort }],
        query: `${APP}&tls=true&${option}`,
      });
      const report = await expectPassed(
        run(mongodbCase(uri, ca ? { tls: trusting(stage.authority.cert) } : {})),
      );
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("still wants a trusted certificate with tlsAllowInvalidHostnames", async () => {
      const query = `${APP}&tls=true&tlsAllowInvalidHostnames=true`;
      await expectFailure(
        run(mongodbCase(mongodbUri({ hosts: [{ host: "127.0.0.1", port: stage.server.tlsPort }], query }))),
        "TLSUntrusted",
      );
    });

    it("shows spec.tls.insecureSkipVerify", async () => {
      const report = await expectPassed(
        run(stage.secured(stage.server.tlsPort, { tls: { insecureSkipVerify: true } })),
      );
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("gives the client certificate of the Secret to a server that asks for one", async () => {
      const { cert, key } = stage.authority.issue({ names: ["kollect"], client: true });
      await expectPassed(
        run(stage.secured(stage.mutual.tlsPort, { keys: { "tls.crt": cert, "tls.key": key } })),
      );
    });

    it("reports a client certificate that is missing or that the server does not trust", async () => {
      const { cert, key } = createAuthority("Another CA").issue({ names: ["kollect"], client: true });
      const missing = await run(stage.secured(stage.mutual.tlsPort));
      const untrusted = await run(
        stage.secured(stage.mutual.tlsPort, { keys: { "tls.crt": cert, "tls.key": key } }),
      );
      expect([missing.failure?.cause, untrusted.failure?.cause]).toEqual([
        "AuthenticationFailed",
        "AuthenticationFailed",
      ]);
    });
  });
}
