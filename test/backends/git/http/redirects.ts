import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { trusting } from "../../../../lab/backends/git";
import { createAuthority } from "../../../../lab/pki";
import type { GitHttpOptions } from "../../../../lab/servers/git/http";
import { expectFailure, expectPassed, results } from "../../expect-report";
import { BRANCH, probe, urlOf, type Stage } from "./stage";

export function redirects(stage: Stage): void {
  describe("a redirect of a git server", () => {
    const authority = createAuthority();

    function redirect(to: (request: IncomingMessage) => string | undefined): GitHttpOptions["instead"] {
      return (request, response) => {
        const location = to(request);
        if (location === undefined) return false;
        response.writeHead(301, { Location: location }).end("moved");
        return true;
      };
    }
    const whenOld = (target: string) =>
      redirect(({ url = "" }) => (url.startsWith("/old") ? url.replace("/old", target) : undefined));

    it("on the same host is followed with the credentials, and moves the repository", async () => {
      const own = await stage.serverWith({ instead: whenOld("/inventory.git") });
      await expectPassed(probe(urlOf(own, "/old"), BRANCH));
      expect(own.requests.every(({ authorization }) => authorization !== undefined)).toBe(true);
      expect(own.requests.at(-1)?.url).toBe("/inventory.git/info/refs?service=git-receive-pack");
      expect(own.requests.filter(({ url }) => url.startsWith("/old"))).toHaveLength(1);
    });

    it("to another host or port is followed without the credentials", async () => {
      const open = await stage.serverWith({ anonymous: "write" });
      const own = await stage.serverWith({ instead: whenOld(urlOf(open)) });
      await expectPassed(probe(urlOf(own, "/old"), BRANCH));
      expect(open.requests.length).toBeGreaterThan(1);
      expect(open.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
    });

    it("to another host that asks for credentials says so, and not which", async () => {
      const own = await stage.serverWith({ instead: whenOld(urlOf(stage.server)) });
      const report = await expectFailure(
        probe(urlOf(own, "/old"), BRANCH),
        "AuthenticationFailed",
        "redirects to another host, which asks for credentials",
      );
      expect(report.failure?.message).not.toContain(String(stage.server.port));
    });

    it("from http to https is followed, and plain text stays shown", async () => {
      const secured = await stage.serverWith({
        tls: authority.issue({ names: ["localhost"] }),
        anonymous: "write",
      });
      const own = await stage.serverWith({
        instead: whenOld(`https://localhost:${secured.port}/inventory.git`),
      });
      const report = await expectPassed(
        probe(urlOf(own, "/old"), { tls: trusting(authority.cert), ...BRANCH }),
      );
      expect(report.insecure).toBe("PlainText");
      expect(results(report).TLS).toBe("Passed");
    });

    it("from https to http is refused", async () => {
      const tls = authority.issue({ names: ["localhost"] });
      const own = await stage.serverWith({ tls, instead: whenOld(urlOf(stage.server)) });
      const before = stage.server.requests.length;
      await expectFailure(
        probe(`https://localhost:${own.port}/old`, { tls: trusting(authority.cert) }),
        "ProtocolError",
        "from https to http",
      );
      expect(stage.server.requests).toHaveLength(before);
    });

    it("to an address that the policy refuses is not dialled", async () => {
      const own = await stage.serverWith({ instead: whenOld("http://169.254.169.254/latest.git") });
      const report = await expectFailure(
        probe(urlOf(own, "/old")),
        "AddressDenied",
        "redirects to an address that the operator may not dial",
      );
      expect(report.failure?.message).not.toContain("169.254");
    });

    it.each([
      ["to a sign-in page", () => "/users/sign_in", "sign-in page"],
      ["to another scheme", () => "file:///etc/passwd", "not a Git repository"],
      ["to nowhere", () => "", "not a Git repository"],
      ["in circles", ({ url }: IncomingMessage) => url, "more often"],
    ])("%s ends the probe", async (_, to, words) => {
      const own = await stage.serverWith({ instead: redirect(to) });
      await expectFailure(probe(urlOf(own)), "ProtocolError", words);
      expect(own.requests.length).toBeLessThanOrEqual(6);
    });
  });
}
