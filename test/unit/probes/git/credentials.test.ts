import { generateKeyPairSync, verify } from "node:crypto";
import { utils } from "ssh2";
import { describe, expect, it } from "vitest";
import type { HttpPlan, SshPlan } from "../../../../capabilities/probes/git/plan";
import { HOSTS, HTTPS, KEY, plan, refusal, SSH } from "./planned";

describe("the HTTP credentials of a git sink", () => {
  const cli = { engine: "cli" } as const;
  it.each([
    [{ token: " t\n" }, {}, "x-access-token: t\n"],
    [{ token: " t\n" }, cli, "git:t"],
    [{ token: " t\n" }, { ...cli, forceBasicAuth: true }, "x-access-token: t\n"],
    [{ username: "u", token: "t", password: "p" }, {}, "u:t"],
    [{ username: "u", token: "", password: "p\n" }, {}, "u:p\n"],
    [{ token: "\n", password: "p" }, {}, "x-access-token:\n"],
    [{ token: "\n", password: "p" }, cli, "git:p"],
    [{ username: "", password: "p" }, {}, "git:p"],
    [{ username: "u" }, {}, "u:"],
  ])("are of %j with %j what the exporter sends", (secret, git, pair) => {
    const { credentials } = plan(HTTPS, { secret, git }) as HttpPlan;
    expect(`${credentials?.user}:${credentials?.password}`).toBe(pair);
  });

  it.each([
    [{ token: "t" }, "x-access-token:t", { token: "t", key: "token" }],
    [{ username: "deploy", token: "t\n" }, "deploy:t\n", { token: "t", key: "token", user: "deploy" }],
    [{ username: "u", password: "p" }, "u:p", { token: "p", key: "password", user: "u" }],
  ])("are of %j for GitLab what the exporter sends to it and to its API", (secret, pair, api) => {
    const made = plan(HTTPS, { type: "gitlab", secret }) as HttpPlan;
    expect(`${made.credentials?.user}:${made.credentials?.password}`).toBe(pair);
    expect(made.api).toEqual(api);
  });
});

describe("a private key of a git sink", () => {
  const passphrase = "passphrase of tests";
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const dsa = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey;
  const cipher = "aes-256-cbc";

  it.each([
    ["a passphrase, as OpenSSH writes it", () => encrypted(), "passphrase"],
    [
      "a passphrase in PKCS#1",
      () => pemOf(rsa.export({ type: "pkcs1", format: "pem", cipher, passphrase })),
      "passphrase",
    ],
    [
      "a passphrase in PKCS#8",
      () => pemOf(rsa.export({ type: "pkcs8", format: "pem", cipher, passphrase })),
      "passphrase",
    ],
    ["a public key", () => KEY.public, "public key"],
    ["a public key in PEM", () => publicPem(), "public key"],
    [
      "a DSA key",
      () => pemOf(dsa.export({ type: "pkcs8", format: "pem" })),
      "no private key that can be read",
    ],
    ["base64 of base64", () => Buffer.from(KEY.private).toString("base64"), "base64 twice"],
    [
      "escaped line ends",
      () => KEY.private.replaceAll("\n", "\\n"),
      "two characters \\n instead of line ends",
    ],
    ["quotes around it", () => `"${KEY.private}"`, "enclosed in quotes"],
    ["no key", () => "password", "no private key that can be read"],
    ["half a key", () => KEY.private.slice(0, 200), "is cut off: its line -----END is missing"],
    ["a key on one line", () => KEY.private.replaceAll("\n", " "), "whose lines are joined"],
    [
      "white space in front of lines",
      () => KEY.private.replaceAll("\n", "\n  "),
      "white space in front of its lines",
    ],
    [
      "no first and last line",
      () => KEY.private.split("\n").slice(1, -2).join("\n"),
      "lacks the lines -----BEGIN",
    ],
    ["a key of PuTTY", () => "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "puttygen KEY.ppk"],
    ["the path of a file", () => "~/.ssh/id_ed25519", "holds the path of a file"],
    ["a placeholder", () => "<private key>", "holds a placeholder"],
    [
      "a certificate",
      () => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      "holds a certificate.",
    ],
    ["a public key of RFC 4716", () => "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA", "holds a public key"],
    ["a byte order mark", () => `\ufeff${KEY.private}`, "begins with a byte order mark"],
    [
      "a broken key",
      () => KEY.private.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"),
      "no private key that can be read",
    ],
  ])("is refused when it has %s", (_, make, words) => {
    const failure = refusal(SSH, { secret: { "ssh-privatekey": make(), known_hosts: HOSTS } });
    expect(failure.cause).toBe("SecretValueInvalid");
    expect(failure.message).toContain("The key ssh-privatekey of Secret git-credentials");
    expect(failure.message).toContain(words);
  });

  it("may be an ed25519 key in PKCS#8, as openssl writes it", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const pem = pemOf(privateKey.export({ type: "pkcs8", format: "pem" }));
    const { credentials } = plan(SSH, { secret: { identity: pem, known_hosts: HOSTS } }) as SshPlan;
    const read = utils.parseKey(credentials.privateKey);
    if (read instanceof Error) throw read;
    expect(read.type).toBe("ssh-ed25519");
    const signature = read.sign("text of tests");
    expect(verify(null, Buffer.from("text of tests"), publicKey, signature as unknown as Buffer)).toBe(true);
  });

  it("may have line ends of Windows and space around it", () => {
    for (const text of [KEY.private.replaceAll("\n", "\r\n"), `\n${KEY.private}\n\n`]) {
      expect(() => plan(SSH, { secret: { identity: text, known_hosts: HOSTS } })).not.toThrow();
    }
  });

  function encrypted(): string {
    return utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-cbc", rounds: 16 }).private;
  }
  function publicPem(): string {
    return pemOf(
      generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" }),
    );
  }
  function pemOf(exported: string | Buffer): string {
    return exported.toString();
  }
});
