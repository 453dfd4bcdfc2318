import { describe, expect, it } from "vitest";
import { hashed, keyPair, knownHost, type SshKeyPair } from "../../../../lab/backends/git-keys";
import { expectFailure, expectPassed, results } from "../../expect-report";
import { HOST, OTHER_HOST, probe, USER, type Stage } from "./stage";

export function hostKeys(stage: Stage): void {
  describe("the host key of a git server", () => {
    const name = ({ host, port }: { host: string; port: number }): string => `[${host}]:${port}`;
    const secretWith = (hosts: string) => ({ "ssh-privatekey": USER.ed25519.private, known_hosts: hosts });

    it.each(Object.entries(HOST))("is believed when known_hosts has it: %s", async (_, key) => {
      const at = await stage.serverWith({ hostKeys: [key.private] });
      await expectPassed(probe(stage, { at, secret: secretWith(knownHost(name(at), key)) }));
    });

    it.each(Object.entries(HOST))(
      "is asked for in the type that known_hosts has by OpenSSH: %s",
      async (_, key) => {
        const at = await stage.serverWith({ hostKeys: Object.values(HOST).map((each) => each.private) });
        const secret = secretWith(knownHost(at.host, key));
        await expectPassed(probe(stage, { at, secret, git: { engine: "cli" } }));
      },
    );

    it("is asked for in go-git's own order, whatever known_hosts has", async () => {
      const at = await stage.serverWith({ hostKeys: Object.values(HOST).map((each) => each.private) });
      const secretFor = (key: SshKeyPair) => secretWith(knownHost(name(at), key));
      await expectPassed(probe(stage, { at, secret: secretFor(HOST.ecdsa) }));
      for (const key of [HOST.ed25519, HOST.rsa]) {
        await expectFailure(
          probe(stage, { at, secret: secretFor(key) }),
          "HostKeyUnknown",
          /shows the host key ecdsa-sha2-nistp256 SHA256:.*which go-git does not prefer/,
        );
      }
      const noEcdsa = await stage.serverWith({ hostKeys: [HOST.rsa.private, HOST.ed25519.private] });
      await expectPassed(
        probe(stage, { at: noEcdsa, secret: secretWith(knownHost(name(noEcdsa), HOST.rsa)) }),
      );
    });

    it.each([
      ["hashed", (host: string) => hashed(host)],
      ["among others", (host: string) => `git.example.com,${host},*.internal`],
      ["as a pattern", (host: string) => host.replace("127.0.0.1", "127.0.0.?")],
    ])("is believed when its name is %s", async (_, write) => {
      const secret = secretWith(`# comment\n\n${knownHost(write(name(stage.server)), HOST.ed25519)}`);
      await expectPassed(probe(stage, { secret }));
    });

    const ours = HOST.ed25519;
    const other = OTHER_HOST.ed25519;
    it.each([
      ["another name", () => knownHost("git.example.com", ours), "HostKeyUnknown", "does not have it"],
      [
        "another port",
        () => knownHost("127.0.0.1", ours),
        "HostKeyUnknown",
        "names the host without its port",
      ],
      [
        "another hashed name",
        () => knownHost(hashed("127.0.0.1"), ours),
        "HostKeyUnknown",
        "without its port",
      ],
      [
        "an excluded name",
        () => knownHost(`[*]:*,!${name(stage.server)}`, ours),
        "HostKeyUnknown",
        "does not have it",
      ],
      [
        "another key type",
        () => knownHost(name(stage.server), OTHER_HOST.ecdsa),
        "HostKeyUnknown",
        "ecdsa-sha2-nistp256",
      ],
      [
        "only an authority",
        () => knownHost(name(stage.server), other, "@cert-authority"),
        "HostKeyUnknown",
        "@cert-authority",
      ],
      [
        "another key",
        () => knownHost(name(stage.server), other),
        "HostKeyMismatch",
        "has another one of this type",
      ],
      [
        "another hashed key",
        () => knownHost(hashed(name(stage.server)), other),
        "HostKeyMismatch",
        "another one",
      ],
      [
        "a revoked key beside itself",
        () => knownHost(name(stage.server), ours) + knownHost("*", ours, "@revoked"),
        "HostKeyMismatch",
        "revokes",
      ],
    ] as const)("is not believed for %s", async (_, write, cause, words) => {
      const report = await expectFailure(probe(stage, { secret: secretWith(write()) }), cause, words);
      expect(results(report)).toMatchObject({ Connect: "Passed", Authenticate: "Failed" });
    });

    it("is not believed without known_hosts", async () => {
      const report = await expectFailure(
        probe(stage, { secret: { "ssh-privatekey": USER.ed25519.private } }),
        "HostKeyUnknown",
        "no key known_hosts",
      );
      expect(report.failure?.message).toMatch(/ssh-ed25519 SHA256:[A-Za-z0-9+/]{43},/);
    });

    it("is not verified with insecureSkipVerify, as with the exporter, which is shown", async () => {
      for (const secret of [{ "ssh-privatekey": USER.ed25519.private }, secretWith(knownHost("*", other))]) {
        const report = await expectPassed(probe(stage, { secret, tls: { insecureSkipVerify: true } }));
        expect(report.insecure).toBe("VerificationSkipped");
      }
    });

    it("is named as the fault where it signs by SHA-1 alone", async () => {
      const hostKeyAlgorithms = ["ssh-rsa"];
      const at = await stage.serverWith({ hostKeys: [HOST.rsa.private], hostKeyAlgorithms });
      for (const key of [HOST.rsa, HOST.ecdsa]) {
        await expectFailure(
          probe(stage, { at, secret: secretWith(knownHost(name(at), key)) }),
          "ProtocolError",
          /only with SHA-1 .algorithm ssh-rsa.*rsa-sha2-256/,
        );
      }
      const both = await stage.serverWith({
        hostKeys: [HOST.rsa.private, HOST.ed25519.private],
        hostKeyAlgorithms,
      });
      await expectFailure(
        probe(stage, { at: both, secret: secretWith(knownHost(name(both), HOST.ecdsa)) }),
        "HostKeyUnknown",
      );
    });

    it("gives way to a host certificate, which go-git requests first and a probe cannot verify", async () => {
      const authority = keyPair();
      const at = await stage.serverWith({ hostAuthority: authority.private });
      const key = knownHost(name(at), ours);
      await expectFailure(
        probe(stage, { at, secret: secretWith(key) }),
        "HostKeyUnknown",
        /has a host certificate.* no @cert-authority line for \[127\.0\.0\.1\]:\d+/,
      );
      const both = secretWith(key + knownHost(name(at), authority, "@cert-authority"));
      const { unproven } = await expectPassed(probe(stage, { at, secret: both }));
      expect(unproven?.map(({ need }) => need)).toContain("git:HostCertificate");
      for (const other of [
        { secret: secretWith(knownHost(at.host, ours)), git: { engine: "cli" } } as const,
        { secret: secretWith(key), tls: { insecureSkipVerify: true } },
      ]) {
        const report = await expectPassed(probe(stage, { at, ...other }));
        expect(report.unproven?.map(({ need }) => need)).not.toContain("git:HostCertificate");
      }
    });

    it("is verified before any credential is sent", async () => {
      const at = await stage.serverWith({ hostKeys: [other.private] });
      await expectFailure(probe(stage, { at, user: "unknown" }), "HostKeyMismatch");
    });
  });
}
