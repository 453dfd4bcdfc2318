import { generateKeyPairSync, verify } from "node:crypto";
import { utils } from "ssh2";
import { describe, expect, it } from "vitest";
import type { KollectDatabaseSink } from "../../../../capabilities/api/types";
import { FailureError, type Failure } from "../../../../capabilities/domain/failure";
import type { SshPlan } from "../../../../capabilities/probes/git/plan";
import { gitlabProbe, gitProbe } from "../../../../capabilities/probes/git/probe";
import { gitCase, PASSWORD, TOKEN, type GitCaseOptions } from "../../../../lab/backends/git";
import { keyPair, knownHost } from "../../../../lab/backends/git-keys";
import { expectClean } from "../../../contract/leaks";
import { planOf } from "../../../../lab/backends/run-case";

const HTTPS = "https://git.example.com/platform/inventory.git";
const SSH = "git@git.example.com:platform/inventory.git";
const KEY = keyPair();
const HOSTS = knownHost("git.example.com", keyPair());

function plan(endpoint: string | undefined, options: GitCaseOptions = {}): ReturnType<typeof gitProbe.plan> {
  return planOf(options.type === "gitlab" ? gitlabProbe : gitProbe, gitCase(endpoint, options));
}

function refusal(endpoint: string | undefined, options: GitCaseOptions = {}): Failure {
  try {
    plan(endpoint, options);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const report = { endpoint: "git", phases: [], latencyMs: 0, failure: error.failure };
    expectClean(report, [TOKEN, PASSWORD, ...secretsOf(options)]);
    return error.failure;
  }
  throw new Error("was planned");
}

function secretsOf({ secret }: GitCaseOptions): string[] {
  return Object.values(secret ?? {}).flatMap((value) => value.split("\n").filter((line) => line.length > 40));
}

describe("what a git sink names", () => {
  const fieldsOf = (options: GitCaseOptions): string[] =>
    gitProbe.references(gitCase(HTTPS, options).sink).map(({ field }) => field);

  it("is spec.secretRef, and the authorities of spec.tls", () => {
    expect(fieldsOf({ ca: { "ca.crt": "" } })).toEqual(["spec.secretRef", "spec.tls.caSecretRef"]);
    expect(fieldsOf({ secret: null })).toEqual([]);
  });

  it("is spec.git.auth.secretRef alone when that is there", () => {
    expect(fieldsOf({ authSecret: { token: TOKEN } })).toEqual(["spec.git.auth.secretRef"]);
  });

  it("is nothing for a sink of another kind", () => {
    const sink = { kind: "KollectDatabaseSink", spec: { type: "postgres" } } as KollectDatabaseSink;
    expect(() => gitProbe.references(sink)).toThrow(FailureError);
  });
});

describe("the plan of a git sink", () => {
  it.each([
    [HTTPS, "git.example.com:443"],
    ["http://kollect@git.shop.svc:3000/r.git#branch=main", "git.shop.svc:3000"],
    ["https://[fd00::5]/r.git", "[fd00::5]:443"],
  ])("for %s dials %s", (endpoint, dialled) => {
    expect(plan(endpoint).endpoint).toBe(dialled);
  });

  it("for the scp form dials port 22 as the user of the endpoint", () => {
    const made = plan(SSH, { secret: { username: "other", identity: KEY.private, known_hosts: HOSTS } });
    expect(made).toMatchObject({
      endpoint: "git.example.com:22",
      credentials: { user: "git", key: "identity" },
    });
  });

  it.each([
    ["token", SSH, "an https:// or http:// endpoint"],
    ["ssh", HTTPS, "an ssh:// or git@host:path endpoint"],
  ] as const)("refuses spec.git.auth.type %s for %s", (type, endpoint, words) => {
    const secret = { token: TOKEN, identity: KEY.private, known_hosts: HOSTS };
    const failure = refusal(endpoint, { secret, git: { auth: { type } } });
    expect(failure).toMatchObject({ cause: "InvalidConfiguration" });
    expect(failure.message).toContain(words);
  });

  it.each([
    ["a missing endpoint", undefined, {}, "InvalidConfiguration", "spec.endpoint is missing"],
    [
      "a branch that Git refuses",
      HTTPS,
      { git: { branch: "a..b" } },
      "InvalidConfiguration",
      "spec.git.branch",
    ],
    [
      "a branch in the endpoint that Git refuses",
      `${HTTPS}#branch=-x`,
      {},
      "InvalidConfiguration",
      "#branch=",
    ],
    [
      "a target branch that Git refuses",
      HTTPS,
      { type: "gitlab", gitlab: { mergeRequest: { targetBranch: "a b" } } },
      "InvalidConfiguration",
      "spec.gitlab.mergeRequest.targetBranch",
    ],
    ["SSH without a Secret", SSH, { secret: null }, "NoCredentials", "spec.secretRef"],
    ["a Secret without keys", HTTPS, { secret: { user: "x" } }, "SecretKeyMissing", "token, password"],
    ["a user name alone", HTTPS, { secret: { username: "x" } }, "SecretKeyMissing", "token, password"],
    ["an SSH key for HTTP", HTTPS, { secret: { identity: KEY.private } }, "SecretKeyMissing", "cannot use"],
    [
      "a token for SSH",
      SSH,
      { secret: { token: TOKEN } },
      "SecretKeyMissing",
      "ssh-privatekey, identity, id_rsa",
    ],
    ["an empty token alone", HTTPS, { secret: { token: "" } }, "SecretKeyMissing", "token, password"],
    [
      "a user name with a colon",
      HTTPS,
      { secret: { username: "a:b", token: TOKEN } },
      "SecretValueInvalid",
      "colon",
    ],
    ["half a client certificate", HTTPS, { secret: { "tls.key": "x" } }, "SecretKeyMissing", "tls.crt"],
    [
      "known_hosts that cannot be read",
      SSH,
      { secret: { identity: KEY.private, known_hosts: "git.example.com" } },
      "SecretValueInvalid",
      "The key known_hosts",
    ],
  ] as [string, string | undefined, GitCaseOptions, string, string][])(
    "refuses %s",
    (_, endpoint, options, cause, words) => {
      const failure = refusal(endpoint, options);
      expect(failure.cause).toBe(cause);
      expect(failure.message).toContain(words);
    },
  );
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
    ["no key", () => "password", "no private key that can be read"],
    ["half a key", () => KEY.private.slice(0, 200), "no private key that can be read"],
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
    const written = "privateKey" in credentials.proof ? credentials.proof.privateKey : "";
    const read = utils.parseKey(written);
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
