import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { ProbeReport } from "../../../../capabilities/domain/outcome";
import { gitProbe } from "../../../../capabilities/probes/git/probe";
import { gitCase, PASSWORD, type GitCaseOptions } from "../../../../lab/backends/git";
import { keyPair, knownHost } from "../../../../lab/backends/git-keys";
import { runCase, type RunOptions } from "../../../../lab/backends/run-case";
import { gitRepositories, type GitRepositories } from "../../../../lab/servers/git/repositories";
import {
  startGitSsh,
  type GitSshOptions,
  type GitSshServer,
  type SshAccount,
} from "../../../../lab/servers/git/sshd";
import { expectClean } from "../../../contract/leaks";

export const HOST = { ed25519: keyPair(), ecdsa: keyPair("ecdsa-256"), rsa: keyPair("rsa") };
export const OTHER_HOST = { ed25519: keyPair(), ecdsa: keyPair("ecdsa-256") };
export const USER = {
  ed25519: keyPair(),
  "ecdsa-256": keyPair("ecdsa-256"),
  "ecdsa-384": keyPair("ecdsa-384"),
  "ecdsa-521": keyPair("ecdsa-521"),
  rsa: keyPair("rsa"),
};
const SECRETS = [PASSWORD, ...Object.values(USER).map(({ private: pem }) => pem.split("\n").at(-4) ?? "")];

const authorizedKeys = Object.values(USER).map(({ public: line }) => line);
export const account = (options: SshAccount): SshAccount => ({ authorizedKeys, mayPush: true, ...options });

export interface Stage {
  readonly repositories: GitRepositories;
  /** Serves the repositories to accounts with more and less rights. */
  readonly server: GitSshServer;
  /** Another server of the same repositories, until the end of the test. */
  serverWith(options: Partial<GitSshOptions>): Promise<GitSshServer>;
}

/** Repositories and a server of them for the tests of a file. */
export function useGitSsh(): Stage {
  let repositories: GitRepositories;
  let server: GitSshServer;
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
  return {
    get repositories() {
      return repositories;
    },
    get server() {
      return server;
    },
    serverWith: async (options) => {
      const users = { git: account({}) };
      const { root } = repositories;
      const other = await startGitSsh({ root, hostKeys: [HOST.ed25519.private], users, ...options });
      onTestFinished(() => other.stop());
      return other;
    },
  };
}

interface SshCaseOptions extends GitCaseOptions {
  readonly at?: { readonly host: string; readonly port: number };
  readonly user?: string;
  readonly path?: string;
  readonly run?: RunOptions;
}

export async function probe(stage: Stage, options: SshCaseOptions = {}): Promise<ProbeReport> {
  const { at = stage.server, user = "git", path = "/inventory.git", run } = options;
  const secret = options.secret ?? { "ssh-privatekey": USER.ed25519.private, known_hosts: known(at) };
  const probeCase = gitCase(`ssh://${user}@${at.host}:${at.port}${path}`, { ...options, secret });
  const report = await runCase(gitProbe, probeCase, run);
  expectClean(report, SECRETS);
  return report;
}

export function known({ host, port }: { host: string; port: number }): string {
  return knownHost(`[${host}]:${port}`, HOST.ed25519);
}

export const BRANCH = { git: { branch: "main" } };
