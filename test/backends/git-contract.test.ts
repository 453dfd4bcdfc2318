import { afterAll, beforeAll } from "vitest";
import { gitProbe } from "../../capabilities/probes/git/probe";
import type { Probe } from "../../capabilities/probes/probe";
import { describeProbe } from "../contract/probe-contract";
import type { ProbeCase } from "../../lab/backends/run-case";
import { proxy, silentAfterTls } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startGitHttp, type GitHttpServer } from "../../lab/servers/git-http";
import { gitRepositories, type GitRepositories } from "../../lab/servers/git-repositories";
import { startGitSsh, type GitSshServer } from "../../lab/servers/git-sshd";
import { gitCase, TOKEN, trusting } from "../../lab/backends/git";
import { keyPair, knownHost, type SshKeyPair } from "../../lab/backends/git-keys";

const WRONG_TOKEN = "not-the-token/of+anybody";
const HOST_KEY = keyPair();
const OTHER_HOST_KEY = keyPair();
const USER_KEY = keyPair();
const OTHER_KEY = keyPair();

let authority: Authority;
let repositories: GitRepositories;
let https: GitHttpServer;
let expired: GitHttpServer;
let ssh: GitSshServer;

beforeAll(async () => {
  authority = createAuthority();
  repositories = await gitRepositories();
  await repositories.create("inventory", { branches: ["main"] });
  const { root } = repositories;
  const accounts = [{ user: "kollect", password: TOKEN, mayPush: true }];
  const notAfter = new Date(Date.now() - 60_000);
  [https, expired, ssh] = await Promise.all([
    startGitHttp({ root, accounts, tls: authority.issue({ names: ["localhost"] }) }),
    startGitHttp({ root, accounts, tls: authority.issue({ names: ["localhost"], notAfter }) }),
    startGitSsh({
      root,
      hostKeys: [HOST_KEY.private],
      users: { git: { authorizedKeys: [USER_KEY.public], mayPush: true }, undecided: { undecided: true } },
    }),
  ]);
});
afterAll(async () => {
  await Promise.all([https?.stop(), expired?.stop(), ssh?.stop()]);
  await repositories?.remove();
});

const MAIN = { git: { branch: "main" } };

describeProbe("git over HTTP", {
  probe: gitProbe as Probe,
  secrets: [TOKEN, WRONG_TOKEN],
  good: () => gitCase(url(https.port), { tls: trusting(authority.cert), ...MAIN }),
  relayed: [
    {
      name: "TLS",
      server: () => ({ host: "127.0.0.1", port: https.port }),
      at: ({ host, port }) => gitCase(url(port, host), { tls: trusting(authority.cert), ...MAIN }),
    },
  ],
  at: ({ host, port }) => gitCase(`http://${host}:${port}/inventory.git`, MAIN),
  badCredentials: () => ({
    probeCase: gitCase(url(https.port), {
      tls: trusting(authority.cert),
      secret: { username: "kollect", token: WRONG_TOKEN },
    }),
    cause: "AuthenticationFailed",
  }),
  tls: {
    untrusted: () => gitCase(url(https.port)),
    nameMismatch: () => gitCase(url(https.port, "127.0.0.1"), { tls: trusting(authority.cert) }),
    expired: () => gitCase(url(expired.port), { tls: trusting(authority.cert) }),
  },
  // A status line and a header that never ends.
  dripBytes: Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nx-filler: "), Buffer.alloc(24_000, "x")]),
  causes: { "sends one byte at a time": ["TimedOut"] },
  silentAfterTls: async () => {
    const fault = await silentAfterTls(authority.issue({ names: ["localhost"] }));
    return { fault, probeCase: gitCase(url(fault.port), { tls: trusting(authority.cert) }) };
  },
});

describeProbe("git over SSH", {
  probe: gitProbe as Probe,
  secrets: [bodyOf(USER_KEY.private), bodyOf(OTHER_KEY.private)],
  good: () => sshCase(ssh),
  relayed: [{ name: "SSH", server: () => ssh, at: (target) => sshCase(target) }],
  at: (target) => sshCase(target),
  badCredentials: () => ({
    probeCase: sshCase(ssh, { key: OTHER_KEY.private }),
    cause: "AuthenticationFailed",
  }),
  hostKey: {
    unknown: () => sshCase(ssh, { known: "git.example.com" }),
    mismatch: () => sshCase(ssh, { hostKey: OTHER_HOST_KEY }),
  },
  silentAfterKeyExchange: async () => {
    const fault = await proxy(ssh, {});
    return { fault, probeCase: sshCase(fault, { user: "undecided" }) };
  },
  dripBytes: Buffer.concat([Buffer.from("SSH-2.0-"), Buffer.alloc(24_000, "x")]),
  causes: { "sends one byte at a time": ["TimedOut"] },
});

function url(port: number, host = "localhost"): string {
  return `https://${host}:${port}/inventory.git`;
}

interface SshCaseOptions {
  readonly user?: string;
  readonly key?: string;
  /** The name that known_hosts has the host key under. */
  readonly known?: string;
  readonly hostKey?: SshKeyPair;
}

function sshCase(at: { host: string; port: number }, options: SshCaseOptions = {}): ProbeCase {
  const name = `[${at.host}]:${at.port}`;
  const { user = "git", key = USER_KEY.private, known = name, hostKey = HOST_KEY } = options;
  return gitCase(`ssh://${user}@${at.host}:${at.port}/inventory.git#branch=main`, {
    secret: { "ssh-privatekey": key, known_hosts: knownHost(known, hostKey) },
  });
}

/** The first line that tells one private key from another. */
function bodyOf(pem: string): string {
  return pem.split("\n").at(-4) ?? "";
}
