import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { PASSWORD } from "../../../../lab/backends/git";
import { authorizedKey, keyPair } from "../../../../lab/backends/git-keys";
import { expectFailure, expectPassed, results } from "../../expect-report";
import { account, known, probe, USER, type Stage } from "./stage";

export function credentials(stage: Stage): void {
  describe("the credentials of a git sink over SSH", () => {
    const secretWith = (pem: string, key = "ssh-privatekey") => ({
      [key]: pem,
      known_hosts: known(stage.server),
    });

    it.each(Object.entries(USER))("may be an %s key", async (_, { private: pem }) => {
      await expectPassed(probe(stage, { secret: secretWith(pem) }));
    });

    it.each(["identity", "id_rsa"])("may be under the key %s", async (key) => {
      await expectPassed(probe(stage, { secret: secretWith(USER.rsa.private, key) }));
    });

    it.each([
      ["rsa", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
      ["ecdsa", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
      ["ed25519", () => generateKeyPairSync("ed25519")],
    ])("may be an %s key in PKCS#8", async (_, generate) => {
      const { privateKey } = generate();
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const at = await stage.serverWith({
        users: { git: account({ authorizedKeys: [authorizedKey(privateKey)] }) },
      });
      const secret = { "ssh-privatekey": pem, known_hosts: known(at) };
      await expectPassed(probe(stage, { at, secret }));
    });

    it("are a key alone, as with the exporter", async () => {
      const secret = { username: "typist", password: PASSWORD, known_hosts: known(stage.server) };
      await expect(probe(stage, { user: "typist", secret })).rejects.toThrow("does not use the key password");
    });

    it("take the user of the Secret before that of the endpoint, and note where the exporter takes neither", async () => {
      const secret = { username: "git\n", ...secretWith(USER.ed25519.private) };
      const report = await expectPassed(probe(stage, { user: "unknown", secret }));
      expect(report.unproven?.map(({ need }) => need)).toEqual(["git:PushRules"]);
      const named = await probe(stage, { user: "reader", secret: secretWith(USER.ed25519.private) });
      expect(named.unproven?.map(({ need }) => need)).toEqual(["git:LoginUser"]);
    });

    it.each([
      [
        "a key that the server does not know",
        "git",
        { "ssh-privatekey": keyPair().private },
        "key ssh-privatekey",
      ],
      ["an unknown user", "unknown", { identity: USER.ed25519.private }, "key identity"],
    ])("are refused as AuthenticationFailed for %s", async (_, user, secret, words) => {
      const report = await expectFailure(
        probe(stage, { user, secret: { ...secret, known_hosts: known(stage.server) } }),
        "AuthenticationFailed",
        `${words} of Secret git-credentials`,
      );
      expect(results(report).Authenticate).toBe("Failed");
    });

    it("are refused as UnsupportedAuthMechanism when the server wants a second factor", async () => {
      await expectFailure(probe(stage, { user: "twice" }), "UnsupportedAuthMechanism", "second factor");
    });
  });
}
