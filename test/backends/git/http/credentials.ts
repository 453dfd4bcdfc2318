import { describe, expect, it } from "vitest";
import { PASSWORD, TOKEN } from "../../../../lab/backends/git";
import { expectFailure, expectPassed, results } from "../../expect-report";
import { answer, BRANCH, probe, urlOf, type Stage } from "./stage";

export function credentials(stage: Stage): void {
  describe("the credentials of a git sink over HTTP", () => {
    it.each([
      ["a user name and a password", "git", { username: "kollect", password: PASSWORD }],
      ["a token with a user name", "git", { username: "kollect", token: TOKEN }],
      ["a token alone", "git", { token: TOKEN }],
      ["a token before a password", "git", { username: "kollect", token: TOKEN, password: "not this one" }],
      ["GitLab's token alone", "gitlab", { token: TOKEN }],
      ["GitLab's token with a user name of its own", "gitlab", { username: "kollect", token: TOKEN }],
      ["GitLab's user name and password", "gitlab", { username: "kollect", password: PASSWORD }],
    ] as const)("may be %s", async (_, type, secret) => {
      await expectPassed(probe(urlOf(stage.server), { type, secret, ...BRANCH }));
    });

    it("do not come from the endpoint, as with the exporter", async () => {
      const { port } = stage.server;
      const endpoint = `http://kollect:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/inventory.git`;
      const report = await expectFailure(
        probe(endpoint, { secret: null }),
        "NoCredentials",
        "does not use those in spec.endpoint",
      );
      expect(report.endpoint).toBe(`127.0.0.1:${port}/inventory.git`);
      await expectPassed(probe(endpoint, BRANCH));
    });

    it.each([
      [{ token: `${TOKEN} \n` }, "key token of Secret git-credentials ends in a line end"],
      [{ token: ` ${TOKEN}` }, "key token of Secret git-credentials begins or ends with white space"],
      [
        { username: "kollect", password: `${PASSWORD}\n` },
        "key password of Secret git-credentials ends in a line",
      ],
      [
        { username: "kollect\n", password: PASSWORD },
        "key username of Secret git-credentials ends in a line",
      ],
    ])("are blamed for white space that is sent with them: %#", async (secret, words) => {
      await expectFailure(probe(urlOf(stage.server), { secret }), "SecretValueInvalid", words);
    });

    it("come from spec.git.auth.secretRef when it is there", async () => {
      const authSecret = { username: "kollect", token: TOKEN };
      await expectPassed(probe(urlOf(stage.server), { secret: { token: "not this one" }, authSecret }));
    });

    it.each([
      ["a wrong password", { username: "kollect", password: "not-the-password" }],
      ["an unknown user", { username: "unknown", password: PASSWORD }],
    ])("are refused as AuthenticationFailed for %s", async (_, secret) => {
      const report = await expectFailure(
        probe(urlOf(stage.server), { secret }),
        "AuthenticationFailed",
        "keys username and password of Secret git-credentials",
      );
      expect(results(report).Authenticate).toBe("Failed");
    });

    it("are not shown by their user name, which may be the token", async () => {
      await expectFailure(
        probe(urlOf(stage.server), { secret: { username: TOKEN, password: "x-oauth-basic" } }),
        "AuthenticationFailed",
      );
    });

    it("are checked although all users may read", async () => {
      const open = await stage.serverWith({ anonymous: "read" });
      await expectFailure(probe(urlOf(open), { secret: { token: "not-the-token" } }), "AuthenticationFailed");
    });

    it("may be missing where all users may push", async () => {
      const open = await stage.serverWith({ anonymous: "write" });
      const report = await expectPassed(probe(urlOf(open), { secret: null, ...BRANCH }));
      expect(results(report).Authenticate).toBe("Skipped: the sink has no credentials");
    });

    it.each(["read", undefined] as const)(
      "are asked for as NoCredentials when anonymous may: %s",
      async (anonymous) => {
        const own = await stage.serverWith(anonymous ? { anonymous } : {});
        const report = await probe(urlOf(own), { secret: null, ...BRANCH });
        expect(report.failure).toMatchObject({ reason: "SecretResolveFailed", cause: "NoCredentials" });
        expect(report.failure?.message).toContain("spec.secretRef");
        expect(results(report)).toMatchObject(
          anonymous ? { Verify: "Passed", Authorize: "Failed" } : { Verify: "Failed" },
        );
      },
    );

    it("are refused as UnsupportedAuthMechanism where HTTP Basic is not offered", async () => {
      const own = await stage.serverWith({ instead: answer(401, { "WWW-Authenticate": "Negotiate, NTLM" }) });
      await expectFailure(probe(urlOf(own)), "UnsupportedAuthMechanism");
    });
  });
}
