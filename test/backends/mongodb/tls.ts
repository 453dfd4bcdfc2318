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

    it("works with tlsInsecure=true, and shows it", async () => {
      const hosts = [{ host: "127.0.0.1", port: stage.server.tlsPort }];
      const uri = mongodbUri({ hosts, query: `${APP}&tls=true&tlsInsecure=true` });
      const report = await expectPassed(run(mongodbCase(uri)));
      expect(report.insecure).toBe("VerificationSkipped");
      expect(report.limited).toBeUndefined();
    });

    it.each(["tlsAllowInvalidCertificates=true", "tlsAllowInvalidHostnames=true"])(
      "still wants a trusted certificate with %s, which the exporter's driver ignores",
      async (option) => {
        const hosts = [{ host: "localhost", port: stage.server.tlsPort }];
        const query = `${APP}&tls=true&${option}`;
        const report = await expectFailure(run(mongodbCase(mongodbUri({ hosts, query }))), "TLSUntrusted");
        expect(report.failure?.message).toMatch(/Kollect 0\.18 ignores spec\.tls.*tlsCAFile/);
      },
    );

    it("does not verify the server for a file of the exporter's pod, and says so", async () => {
      const hosts = [{ host: "localhost", port: stage.server.tlsPort }];
      const report = await expectPassed(
        run(mongodbCase(mongodbUri({ hosts, query: `${APP}&tlsCAFile=/nope/ca.crt` }))),
      );
      expect(report.insecure).toBe("VerificationSkipped");
      expect(report.unproven?.map(({ need }) => need)).toContain("mongodb:ServerIdentity");
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
