import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { gitProbe } from "../../capabilities/probes/git/probe";
import { expectClean } from "../contract/leaks";
import { runCase, type RunOptions } from "../../lab/backends/run-case";
import { proxy } from "../../lab/faults";
import { gitRepositories, type GitRepositories } from "../../lab/servers/git-repositories";
import {
  startGitSsh,
  type GitSshOptions,
  type GitSshServer,
  type SshAccount,
} from "../../lab/servers/git-sshd";
import { gitCase, PASSWORD, type GitCaseOptions } from "../../lab/backends/git";
import { authorizedKey, hashed, keyPair, knownHost } from "../../lab/backends/git-keys";

const HOST = { ed25519: keyPair(), ecdsa: keyPair("ecdsa-256"), rsa: keyPair("rsa") };
const OTHER_HOST = { ed25519: keyPair(), ecdsa: keyPair("ecdsa-256") };
const USER = {
  ed25519: keyPair(),
  "ecdsa-256": keyPair("ecdsa-256"),
  "ecdsa-384": keyPair("ecdsa-384"),
  "ecdsa-521": keyPair("ecdsa-521"),
  rsa: keyPair("rsa"),
};
const SECRETS = [PASSWORD, ...Object.values(USER).map(({ private: pem }) => pem.split("\n").at(-4) ?? "")];

let repositories: GitRepositories;
let server: GitSshServer;

const authorizedKeys = Object.values(USER).map(({ public: line }) => line);
const account = (options: SshAccount): SshAccount => ({ authorizedKeys, mayPush: true, ...options });

beforeAll(async () => {
  repositories = await gitRepositories();
  await repositories.create("inventory", { branches: ["main"] });
  await repositories.create("it's me!", { branches: ["main"] });
  await repositories.create("empty");
  await repositories.create("unborn", { branches: ["other"], head: "main" });
  await repositories.create("sha256", { branches: ["main"], objectFormat: "sha256" });
  server = await startGitSsh({
    root: repositories.root,
    hostKeys: [HOST.ed25519.private],
    users: {
      git: account({}),
      reader: account({ mayPush: false }),
      locked: account({ noCommands: true }),
      closed: account({ noSessions: true }),
      silent: account({ silent: true }),
      greeting: account({ shell: "Welcome! This account is for people.\n" }),
      quiet: account({ shell: "\n" }),
      twice: account({ secondFactor: true }),
      typist: { password: PASSWORD, mayPush: true },
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await repositories?.remove();
});

async function serverWith(options: Partial<GitSshOptions>): Promise<GitSshServer> {
  const own = await startGitSsh({
    root: repositories.root,
    hostKeys: [HOST.ed25519.private],
    users: { git: account({}) },
    ...options,
  });
  onTestFinished(() => own.stop());
  return own;
}

interface SshCaseOptions extends GitCaseOptions {
  readonly at?: { readonly host: string; readonly port: number };
  readonly user?: string;
  readonly path?: string;
  readonly run?: RunOptions;
}

async function probe(options: SshCaseOptions = {}): Promise<ProbeReport> {
  const { at = server, user = "git", path = "/inventory.git", run } = options;
  const secret = options.secret ?? { "ssh-privatekey": USER.ed25519.private, known_hosts: known(at) };
  const probeCase = gitCase(`ssh://${user}@${at.host}:${at.port}${path}`, { ...options, secret });
  const report = await runCase(gitProbe, probeCase, run);
  expectClean(report, SECRETS);
  return report;
}

function known({ host, port }: { host: string; port: number }): string {
  return knownHost(`[${host}]:${port}`, HOST.ed25519);
}

function phases(report: ProbeReport): Record<string, string> {
  return Object.fromEntries(report.phases.map(({ name, result }) => [name, result]));
}

const BRANCH = { git: { branch: "main" } };

describe("a git sink over SSH", () => {
  it("passes every phase and changes nothing", async () => {
    const before = await repositories.refs("inventory");
    const report = await probe(BRANCH);
    expect(report.failure).toBeUndefined();
    expect(phases(report)).toEqual({
      Resolve: "Passed",
      Connect: "Passed",
      TLS: "Skipped",
      Authenticate: "Passed",
      Verify: "Passed",
      Authorize: "Passed",
    });
    expect(report.serverVersion).toMatch(/^\d+\.\d+/);
    expect(report.insecure).toBeUndefined();
    expect(await repositories.refs("inventory")).toBe(before);
  });

  it("reads the answers of servers that accept no version 2 of the protocol", async () => {
    const at = await serverWith({ acceptEnv: false });
    expect((await probe({ at, ...BRANCH })).failure).toBeUndefined();
    expect((await probe({ at, path: "/empty.git", ...BRANCH })).failure?.message).toContain("is empty");
    expect((await probe({ at, git: { branch: "gone" } })).failure?.cause).toBe("TargetNotFound");
  });

  it.each(["/sha256.git", "/it's%20me!.git"])("accepts %s", async (path) => {
    expect((await probe({ path, ...BRANCH })).failure).toBeUndefined();
  });

  it.each([
    ["a branch that is missing", { git: { branch: "gone" } }, "no branch gone"],
    ["a branch of the endpoint", { path: "/inventory.git#branch=gone" }, "no branch gone"],
    ["a branch that HEAD only announces", { path: "/unborn.git", ...BRANCH }, "no branch main"],
    ["a repository that is missing", { path: "/gone.git" }, "has no repository gone.git"],
  ])("reports TargetNotFound for %s", async (_, options, words) => {
    const report = await probe(options);
    expect(report.failure?.cause).toBe("TargetNotFound");
    expect(report.failure?.message).toContain(words);
    expect(phases(report)).toMatchObject({ Authenticate: "Passed", Verify: "Failed" });
  });

  it("reports PermissionDenied when the key may read but not push", async () => {
    // Well within what an exit status that was missed would be waited for.
    const report = await probe({ user: "reader", ...BRANCH, run: { timeoutMs: 4000 } });
    expect(report.failure?.cause).toBe("PermissionDenied");
    expect(report.failure?.message).toContain("does not let the key of user reader push to inventory.git");
    expect(phases(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
  });

  it.each([
    ["locked", "PermissionDenied", "run git-upload-pack"],
    ["closed", "PermissionDenied", "run git-upload-pack"],
    ["greeting", "ProtocolError", "login script"],
    ["quiet", "ProtocolError", "cut its answer short"],
  ])("reports the account %s as %s", async (user, cause, words) => {
    const report = await probe({ user });
    expect(report.failure?.cause).toBe(cause);
    expect(report.failure?.message).toContain(words);
  });

  it("reports TimedOut in Verify for a command that never answers", async () => {
    const report = await probe({ user: "silent", run: { timeoutMs: 3000 } });
    expect(report.failure?.cause).toBe("TimedOut");
    expect(report.failure?.message).toContain("during Verify");
  });

  // The last answer is complete after some 2,200 bytes, padding being random; these points lie before it, in the
  // greeting, key exchange, login and commands.
  const POINTS = [10, 200, 700, 1300, 1600, 1800, 2100];
  it.each(POINTS)("reports Unreachable when the connection is cut after %d bytes", async (cutAfterBytes) => {
    const faulty = await proxy(server, { cutAfterBytes });
    onTestFinished(() => faulty.close());
    const report = await probe({ at: faulty, ...BRANCH, run: { timeoutMs: 5000 } });
    expect(report.failure?.cause).toBe("Unreachable");
  });

  it.each(POINTS)("reports TimedOut when the connection stalls after %d bytes", async (stallAfterBytes) => {
    const faulty = await proxy(server, { stallAfterBytes });
    onTestFinished(() => faulty.close());
    const report = await probe({ at: faulty, ...BRANCH, run: { timeoutMs: 300 } });
    expect(report.failure?.cause).toBe("TimedOut");
  });

  it("is waited for when the server is slow", async () => {
    const slow = await proxy(server, { latencyMs: 30 });
    onTestFinished(() => slow.close());
    expect((await probe({ at: slow, ...BRANCH })).failure).toBeUndefined();
  });

  it("reports ProtocolError for a server with outdated algorithms alone", async () => {
    const at = await serverWith({ keyExchanges: ["diffie-hellman-group1-sha1"] });
    const report = await probe({ at });
    expect(report.failure?.cause).toBe("ProtocolError");
    expect(report.failure?.message).toContain("shares no SSH algorithm");
  });
});

describe("the credentials of a git sink over SSH", () => {
  const secretWith = (pem: string, key = "ssh-privatekey") => ({ [key]: pem, known_hosts: known(server) });

  it.each(Object.entries(USER))("may be an %s key", async (_, { private: pem }) => {
    expect((await probe({ secret: secretWith(pem) })).failure).toBeUndefined();
  });

  it.each(["identity", "id_rsa"])("may be under the key %s", async (key) => {
    expect((await probe({ secret: secretWith(USER.rsa.private, key) })).failure).toBeUndefined();
  });

  it.each([
    ["rsa", () => generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["ecdsa", () => generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["ed25519", () => generateKeyPairSync("ed25519")],
  ])("may be an %s key in PKCS#8", async (_, generate) => {
    const { privateKey } = generate();
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const at = await serverWith({ users: { git: account({ authorizedKeys: [authorizedKey(privateKey)] }) } });
    const secret = { "ssh-privatekey": pem, known_hosts: known(at) };
    expect((await probe({ at, secret })).failure).toBeUndefined();
  });

  it("are a key alone, as with the exporter", async () => {
    const secret = { username: "typist", password: PASSWORD, known_hosts: known(server) };
    await expect(probe({ user: "typist", secret })).rejects.toThrow("does not use the key password");
  });

  it("take the user of the Secret before that of the endpoint, and note where the exporter takes neither", async () => {
    const secret = { username: "git\n", ...secretWith(USER.ed25519.private) };
    const report = await probe({ user: "unknown", secret });
    expect(report.failure).toBeUndefined();
    expect(report.unproven?.map(({ need }) => need)).toEqual(["git:PushRules"]);
    const named = await probe({ user: "reader", secret: secretWith(USER.ed25519.private) });
    expect(named.unproven?.map(({ need }) => need)).toEqual(["git:LoginUser"]);
  });

  it.each([
    [
      "a key that the server does not know",
      "git",
      { "ssh-privatekey": keyPair().private },
      "key ssh-privatekey",
    ],
    ["an unknown user", "nobody", { identity: USER.ed25519.private }, "key identity"],
  ])("are refused as AuthenticationFailed for %s", async (_, user, secret, words) => {
    const report = await probe({ user, secret: { ...secret, known_hosts: known(server) } });
    expect(report.failure?.cause).toBe("AuthenticationFailed");
    expect(report.failure?.message).toContain(`${words} of Secret git-credentials`);
    expect(phases(report).Authenticate).toBe("Failed");
  });

  it("are refused as UnsupportedAuthMechanism when the server wants a second factor", async () => {
    const report = await probe({ user: "twice" });
    expect(report.failure?.cause).toBe("UnsupportedAuthMechanism");
    expect(report.failure?.message).toContain("second proof");
  });
});

describe("the host key of a git server", () => {
  const name = ({ host, port }: { host: string; port: number }): string => `[${host}]:${port}`;
  const secretWith = (hosts: string) => ({ "ssh-privatekey": USER.ed25519.private, known_hosts: hosts });

  it.each(Object.entries(HOST))("is believed when known_hosts has it: %s", async (_, key) => {
    const at = await serverWith({ hostKeys: [key.private] });
    expect((await probe({ at, secret: secretWith(knownHost(name(at), key)) })).failure).toBeUndefined();
  });

  it.each(Object.entries(HOST))("is asked for in the type that known_hosts has: %s", async (_, key) => {
    const at = await serverWith({ hostKeys: Object.values(HOST).map((each) => each.private) });
    expect((await probe({ at, secret: secretWith(knownHost(name(at), key)) })).failure).toBeUndefined();
  });

  it.each([
    ["hashed", (host: string) => hashed(host)],
    ["among others", (host: string) => `git.example.com,${host},*.internal`],
    ["as a pattern", (host: string) => host.replace("127.0.0.1", "127.0.0.?")],
  ])("is believed when its name is %s", async (_, write) => {
    const secret = secretWith(`# comment\n\n${knownHost(write(name(server)), HOST.ed25519)}`);
    expect((await probe({ secret })).failure).toBeUndefined();
  });

  const ours = HOST.ed25519;
  const other = OTHER_HOST.ed25519;
  it.each([
    ["another name", () => knownHost("git.example.com", ours), "HostKeyUnknown", "does not have it"],
    ["another port", () => knownHost("127.0.0.1", ours), "HostKeyUnknown", "names the host without its port"],
    ["another hashed name", () => knownHost(hashed("127.0.0.1"), ours), "HostKeyUnknown", "without its port"],
    [
      "an excluded name",
      () => knownHost(`[*]:*,!${name(server)}`, ours),
      "HostKeyUnknown",
      "does not have it",
    ],
    [
      "another key type",
      () => knownHost(name(server), OTHER_HOST.ecdsa),
      "HostKeyUnknown",
      "ecdsa-sha2-nistp256",
    ],
    [
      "only an authority",
      () => knownHost(name(server), ours, "@cert-authority"),
      "HostKeyUnknown",
      "@cert-authority",
    ],
    ["another key", () => knownHost(name(server), other), "HostKeyMismatch", "has another one of this type"],
    ["another hashed key", () => knownHost(hashed(name(server)), other), "HostKeyMismatch", "another one"],
    [
      "a revoked key beside itself",
      () => knownHost(name(server), ours) + knownHost("*", ours, "@revoked"),
      "HostKeyMismatch",
      "revokes",
    ],
  ] as const)("is not believed for %s", async (_, write, cause, words) => {
    const report = await probe({ secret: secretWith(write()) });
    expect(report.failure?.cause).toBe(cause);
    expect(report.failure?.message).toContain(words);
    expect(phases(report)).toMatchObject({ Connect: "Passed", Authenticate: "Failed" });
  });

  it("is not believed without known_hosts", async () => {
    const report = await probe({ secret: { "ssh-privatekey": USER.ed25519.private } });
    expect(report.failure?.cause).toBe("HostKeyUnknown");
    expect(report.failure?.message).toContain("no key known_hosts");
    expect(report.failure?.message).toMatch(/ssh-ed25519 SHA256:[A-Za-z0-9+/]{43},/);
  });

  it("is not verified with insecureSkipVerify, as with the exporter, which is shown", async () => {
    for (const secret of [{ "ssh-privatekey": USER.ed25519.private }, secretWith(knownHost("*", other))]) {
      const report = await probe({ secret, tls: { insecureSkipVerify: true } });
      expect(report.failure).toBeUndefined();
      expect(report.insecure).toBe("VerificationSkipped");
    }
  });

  it("is named as the fault where it signs by SHA-1 alone", async () => {
    const at = await serverWith({ hostKeys: [HOST.rsa.private], hostKeyAlgorithms: ["ssh-rsa"] });
    for (const key of [HOST.rsa, HOST.ecdsa]) {
      const { failure } = await probe({ at, secret: secretWith(knownHost(name(at), key)) });
      expect(failure?.cause).toBe("ProtocolError");
      expect(failure?.message).toMatch(/SHA-1 alone .algorithm ssh-rsa.*rsa-sha2-256/);
    }
    const both = await serverWith({
      hostKeys: [HOST.rsa.private, HOST.ed25519.private],
      hostKeyAlgorithms: ["ssh-rsa"],
    });
    const known = await probe({ at: both, secret: secretWith(knownHost(name(both), HOST.ecdsa)) });
    expect(known.failure?.cause).toBe("HostKeyUnknown");
  });

  it("is verified before any credential is sent", async () => {
    const at = await serverWith({ hostKeys: [other.private] });
    const report = await probe({ at, user: "nobody" });
    expect(report.failure?.cause).toBe("HostKeyMismatch");
  });
});
