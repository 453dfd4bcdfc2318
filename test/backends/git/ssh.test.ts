import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { gitlabProbe, gitProbe } from "../../../capabilities/probes/git/probe";
import { gitCase, PASSWORD, type GitCaseOptions } from "../../../lab/backends/git";
import { authorizedKey, hashed, keyPair, knownHost } from "../../../lab/backends/git-keys";
import { runCase, type RunOptions } from "../../../lab/backends/run-case";
import { proxy } from "../../../lab/faults";
import { gitRepositories, type GitRepositories } from "../../../lab/servers/git-repositories";
import {
  startGitSsh,
  type GitSshOptions,
  type GitSshServer,
  type SshAccount,
} from "../../../lab/servers/git-sshd";
import { expectClean } from "../../contract/leaks";
import { expectFailure, expectPassed, results } from "../expect-report";

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
  const report = await runCase(options.type === "gitlab" ? gitlabProbe : gitProbe, probeCase, run);
  expectClean(report, SECRETS);
  return report;
}

function known({ host, port }: { host: string; port: number }): string {
  return knownHost(`[${host}]:${port}`, HOST.ed25519);
}

const BRANCH = { git: { branch: "main" } };

describe("a git sink over SSH", () => {
  it("passes every phase and changes nothing", async () => {
    const before = await repositories.refs("inventory");
    const report = await expectPassed(probe(BRANCH));
    expect(results(report)).toEqual({
      Resolve: "Passed",
      Connect: "Passed",
      TLS: "Skipped: SSH encrypts and verifies its host key by itself",
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
    await expectPassed(probe({ at, ...BRANCH }));
    await expectPassed(probe({ at, path: "/empty.git", ...BRANCH }));
    await expectFailure(probe({ at, git: { branch: "gone" } }), "TargetNotFound");
  });

  it.each(["/empty.git", "/sha256.git", "/it's%20me!.git"])("accepts %s", async (path) => {
    await expectPassed(probe({ path, ...BRANCH }));
  });

  it.each([
    ["a branch that is missing", { git: { branch: "gone" } }, "no branch gone"],
    ["a branch of the endpoint", { path: "/inventory.git#branch=gone" }, "no branch gone"],
    ["a branch that HEAD only announces", { path: "/unborn.git", ...BRANCH }, "no branch main"],
    ["a repository that is missing", { path: "/gone.git" }, "no such repository"],
  ])("reports TargetNotFound for %s", async (_, options, words) => {
    const report = await expectFailure(probe(options), "TargetNotFound", words);
    expect(results(report)).toMatchObject({ Authenticate: "Passed", Verify: "Failed" });
  });

  it("reports PermissionDenied when the key may read but not push", async () => {
    // Well within what an exit status that was missed would be waited for.
    const report = await expectFailure(
      probe({ user: "reader", ...BRANCH, run: { timeoutMs: 4000 } }),
      "PermissionDenied",
      "does not let the key of user reader push",
    );
    expect(results(report)).toMatchObject({ Verify: "Passed", Authorize: "Failed" });
  });

  it.each([
    ["locked", "PermissionDenied", "run git-upload-pack"],
    ["closed", "PermissionDenied", "run git-upload-pack"],
    ["greeting", "ProtocolError", "login script"],
    ["quiet", "ProtocolError", "cut its answer short"],
  ] as const)("reports the account %s as %s", async (user, cause, words) => {
    await expectFailure(probe({ user }), cause, words);
  });

  it("reports TimedOut in Verify for a command that never answers", async () => {
    await expectFailure(probe({ user: "silent", run: { timeoutMs: 3000 } }), "TimedOut", "during Verify");
  });

  // The last answer is complete after some 2,200 bytes, padding being random; these points lie before it, in the
  // greeting, key exchange, login and commands.
  const POINTS = [10, 200, 700, 1300, 1600, 1800, 2100];
  it.each(POINTS)("reports Unreachable when the connection is cut after %d bytes", async (cutAfterBytes) => {
    const faulty = await proxy(server, { cutAfterBytes });
    onTestFinished(() => faulty.close());
    await expectFailure(probe({ at: faulty, ...BRANCH, run: { timeoutMs: 5000 } }), "Unreachable");
  });

  it.each(POINTS)("reports TimedOut when the connection stalls after %d bytes", async (stallAfterBytes) => {
    const faulty = await proxy(server, { stallAfterBytes });
    onTestFinished(() => faulty.close());
    await expectFailure(probe({ at: faulty, ...BRANCH, run: { timeoutMs: 300 } }), "TimedOut");
  });

  it("is waited for when the server is slow", async () => {
    const slow = await proxy(server, { latencyMs: 30 });
    onTestFinished(() => slow.close());
    await expectPassed(probe({ at: slow, ...BRANCH }));
  });

  it("reports ProtocolError for a server with outdated algorithms alone", async () => {
    const at = await serverWith({ keyExchanges: ["diffie-hellman-group1-sha1"] });
    await expectFailure(probe({ at }), "ProtocolError", "shares no SSH algorithm");
  });

  it("serves gitlab sinks too, with the target branch of merge requests", async () => {
    const gitlab = { mergeRequest: { mode: "merge_request", targetBranch: "gone" } } as const;
    const report = await probe({ type: "gitlab", gitlab, ...BRANCH });
    expect(report.failure?.message).toContain("no branch gone for merge requests");
  });
});

describe("the credentials of a git sink over SSH", () => {
  const secretWith = (pem: string, key = "ssh-privatekey") => ({ [key]: pem, known_hosts: known(server) });

  it.each(Object.entries(USER))("may be an %s key", async (_, { private: pem }) => {
    await expectPassed(probe({ secret: secretWith(pem) }));
  });

  it.each(["identity", "id_rsa"])("may be under the key %s", async (key) => {
    await expectPassed(probe({ secret: secretWith(USER.rsa.private, key) }));
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
    await expectPassed(probe({ at, secret }));
  });

  it("may be a password", async () => {
    const secret = { username: "not this one", password: PASSWORD, known_hosts: known(server) };
    await expectPassed(probe({ user: "typist", secret }));
  });

  it("take the user of the Secret when the endpoint names none", async () => {
    const secret = { username: "typist", password: PASSWORD, known_hosts: known(server) };
    const report = await runCase(
      gitProbe,
      gitCase(`ssh://${server.host}:${server.port}/inventory.git`, { secret }),
    );
    expect(report.failure).toBeUndefined();
  });

  it.each([
    [
      "a key that the server does not know",
      "git",
      { "ssh-privatekey": keyPair().private },
      "key ssh-privatekey",
    ],
    ["an unknown user", "nobody", { identity: USER.ed25519.private }, "key identity"],
    ["a wrong password", "typist", { password: "not-the-password" }, "keys username and password"],
  ])("are refused as AuthenticationFailed for %s", async (_, user, secret, words) => {
    const report = await expectFailure(
      probe({ user, secret: { ...secret, known_hosts: known(server) } }),
      "AuthenticationFailed",
      `${words} of Secret git-credentials`,
    );
    expect(results(report).Authenticate).toBe("Failed");
  });

  it("are refused as UnsupportedAuthMechanism when the server wants a second factor", async () => {
    await expectFailure(probe({ user: "twice" }), "UnsupportedAuthMechanism", "second proof");
  });

  it("are refused as UnsupportedAuthMechanism when the server takes no passwords", async () => {
    const at = await serverWith({});
    await expectFailure(
      probe({ at, secret: { password: PASSWORD, known_hosts: known(at) } }),
      "UnsupportedAuthMechanism",
      "does not take passwords",
    );
  });
});

describe("the host key of a git server", () => {
  const name = ({ host, port }: { host: string; port: number }): string => `[${host}]:${port}`;
  const secretWith = (hosts: string) => ({ "ssh-privatekey": USER.ed25519.private, known_hosts: hosts });

  it.each(Object.entries(HOST))("is believed when known_hosts has it: %s", async (_, key) => {
    const at = await serverWith({ hostKeys: [key.private] });
    await expectPassed(probe({ at, secret: secretWith(knownHost(name(at), key)) }));
  });

  it.each(Object.entries(HOST))("is asked for in the type that known_hosts has: %s", async (_, key) => {
    const at = await serverWith({ hostKeys: Object.values(HOST).map((each) => each.private) });
    await expectPassed(probe({ at, secret: secretWith(knownHost(name(at), key)) }));
  });

  it.each([
    ["hashed", (host: string) => hashed(host)],
    ["among others", (host: string) => `git.example.com,${host},*.internal`],
    ["as a pattern", (host: string) => host.replace("127.0.0.1", "127.0.0.?")],
  ])("is believed when its name is %s", async (_, write) => {
    const secret = secretWith(`# comment\n\nbroken line\n${knownHost(write(name(server)), HOST.ed25519)}`);
    await expectPassed(probe({ secret }));
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
    const report = await expectFailure(probe({ secret: secretWith(write()) }), cause, words);
    expect(results(report)).toMatchObject({ Connect: "Passed", Authenticate: "Failed" });
  });

  it("is not believed without known_hosts, whatever spec.tls says", async () => {
    const secret = { "ssh-privatekey": USER.ed25519.private };
    for (const tls of [undefined, { insecureSkipVerify: true }]) {
      const report = await expectFailure(
        probe({ secret, ...(tls ? { tls } : {}) }),
        "HostKeyUnknown",
        "no key known_hosts",
      );
      expect(report.failure?.message).toMatch(/ssh-ed25519 SHA256:[A-Za-z0-9+/]{43},/);
    }
  });

  it("is verified before any credential is sent", async () => {
    const at = await serverWith({ hostKeys: [other.private] });
    await expectFailure(probe({ at, user: "nobody" }), "HostKeyMismatch");
  });
});
