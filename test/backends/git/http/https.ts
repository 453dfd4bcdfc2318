import { describe, expect, it } from "vitest";
import { TOKEN, trusting } from "../../../../lab/backends/git";
import { createAuthority } from "../../../../lab/pki";
import type { GitHttpServer } from "../../../../lab/servers/git/http";
import { expectFailure, expectPassed } from "../../expect-report";
import { BRANCH, probe, type Stage } from "./stage";

export function https(stage: Stage): void {
  describe("a git sink over HTTPS", () => {
    const authority = createAuthority();

    it("believes the authority of a Secret, and shows the certificate", async () => {
      const own = await stage.serverWith({ tls: authority.issue({ names: ["localhost"] }) });
      const report = await expectPassed(probe(httpsUrl(own), { ca: { "ca.crt": authority.cert } }));
      expect(report.tls?.issuer).toContain("Kollect Test CA");
      expect(report.insecure).toBeUndefined();
    });

    it("shows that verification was skipped", async () => {
      const own = await stage.serverWith({ tls: authority.issue({ names: ["elsewhere"] }) });
      const report = await expectPassed(probe(httpsUrl(own), { tls: { insecureSkipVerify: true } }));
      expect(report.insecure).toBe("VerificationSkipped");
    });

    it("presents no client certificate, as the exporter does not", async () => {
      const tls = authority.issue({ names: ["localhost"] });
      const own = await stage.serverWith({ tls, clientCa: authority.cert });
      const { cert, key } = authority.issue({ names: ["kollect"], client: true });
      const secret = { token: TOKEN, "tls.crt": cert, "tls.key": key };
      await expectFailure(
        probe(httpsUrl(own), { secret, tls: trusting(authority.cert), ...BRANCH }),
        "AuthenticationFailed",
      );
    });

    function httpsUrl({ port }: GitHttpServer): string {
      return `https://localhost:${port}/inventory.git`;
    }
  });
}
