import type { KollectSnapshotSinkSpec } from "../../../capabilities/api/types";
import { keyPair, type SshKeyPair } from "../../../lab/backends/git-keys";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startGitHttp, type GitHttpServer } from "../../../lab/servers/git/http";
import {
  gitRepositories,
  type GitRepositories,
  type RepositoryOptions,
} from "../../../lab/servers/git/repositories";
import { startGitSsh, type GitSshServer } from "../../../lab/servers/git/sshd";
import type { FactClass, TruthCase, TruthRow } from "../../../lab/truth/row";

/** Tokens and passwords of the HTTP servers, by what they are good for. */
export const PUSH = "push-token/of+tests";
export const READ = "read-token/of+tests";
export const FOR_TOKEN_USER = "token-of-x-access-token";
export const FOR_GIT_USER = "token-of-git";
export const PASSWORD = "p&ssword of tests";

const ACCOUNTS = [
  { user: "*", password: PUSH, mayPush: true },
  { user: "*", password: READ, mayPush: false },
  { user: "x-access-token", password: FOR_TOKEN_USER, mayPush: true },
  { user: "git", password: FOR_GIT_USER, mayPush: true },
  { user: "kollect", password: PASSWORD, mayPush: true },
  { user: "alone", password: "", mayPush: true },
];

export interface HttpServers {
  readonly repositories: GitRepositories;
  readonly http: GitHttpServer;
  readonly https: GitHttpServer;
  readonly authority: Authority;
  stop(): Promise<void>;
}

export async function startHttpServers(): Promise<HttpServers> {
  const repositories = await gitRepositories();
  const { root } = repositories;
  const authority = createAuthority();
  const http = await startGitHttp({ root, accounts: ACCOUNTS });
  const https = await startGitHttp({
    root,
    accounts: ACCOUNTS,
    tls: authority.issue({ names: ["localhost"] }),
  });
  return {
    ...{ repositories, http, https, authority },
    stop: async () => {
      await Promise.all([http.stop(), https.stop()]);
      await repositories.remove();
    },
  };
}

export const HOST_KEY = keyPair();
export const OTHER_HOST_KEY = keyPair();
export const USER_KEYS = { ed25519: keyPair(), rsa: keyPair("rsa"), unknown: keyPair() };

export interface SshServers {
  readonly repositories: GitRepositories;
  readonly ssh: GitSshServer;
  readonly http: GitHttpServer;
  stop(): Promise<void>;
}

export async function startSshServers(): Promise<SshServers> {
  const repositories = await gitRepositories();
  const { root } = repositories;
  const authorizedKeys = [USER_KEYS.ed25519.public, USER_KEYS.rsa.public];
  const ssh = await startGitSsh({
    root,
    hostKeys: [HOST_KEY.private],
    users: {
      git: { authorizedKeys, mayPush: true },
      reader: { authorizedKeys, mayPush: false },
      alice: { authorizedKeys: [USER_KEYS.unknown.public], mayPush: true },
    },
  });
  const http = await startGitHttp({ root, accounts: ACCOUNTS });
  return {
    ...{ repositories, ssh, http },
    stop: async () => {
      await Promise.all([ssh.stop(), http.stop()]);
      await repositories.remove();
    },
  };
}

export type Spec = Partial<KollectSnapshotSinkSpec>;
export type Secrets = TruthCase["secrets"];

/** What a row sets besides its name; a repository that is null does not exist. */
export interface RowSettings<Server> {
  readonly repository?: RepositoryOptions | null;
  /** The endpoint of the row's repository, given its path. */
  readonly endpoint: (server: Server, path: string) => string;
  readonly spec?: Spec | ((server: Server) => Spec);
  /** Values of the Secret `keys` that `spec.secretRef` names; null leaves the reference out. */
  readonly keys?: Secrets[string] | null | ((server: Server) => Secrets[string]);
  /** Further Secrets. */
  readonly secrets?: Secrets | ((server: Server) => Secrets);
  /** Anything else to bring about. */
  readonly before?: (server: Server) => void;
}

/** `[id, about, fact, settings]`, as the lists of rows have them. */
export type RowParts<Server> = readonly [string, string, FactClass, Partial<RowSettings<Server>>];

interface WithRepositories {
  readonly repositories: GitRepositories;
}

/** Rows of a type that differ from these settings in theirs; each has a repository of its own. */
export function rowsOf<Server extends WithRepositories>(
  type: "git" | "gitlab",
  common: RowSettings<Server>,
  parts: readonly RowParts<Server>[],
): TruthRow<Server>[] {
  return parts.map(([id, about, fact, own]) => ({
    id,
    about,
    fact,
    setUp: async (server) => {
      const settings = { ...common, ...own };
      const { repository = { branches: ["main"] } } = settings;
      if (repository) await server.repositories.create(`group/${id}`, repository);
      settings.before?.(server);
      return caseOf(type, server, settings, `/group/${id}.git`);
    },
  }));
}

function caseOf<Server>(
  type: "git" | "gitlab",
  server: Server,
  settings: RowSettings<Server>,
  path: string,
): TruthCase {
  const keys = given(settings.keys, server);
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectSnapshotSink",
      metadata: { name: "inventory", namespace: "shop", uid: "u", resourceVersion: "1", generation: 1 },
      spec: {
        type,
        endpoint: settings.endpoint(server, path),
        ...(keys ? { secretRef: { name: "keys" } } : {}),
        ...given(settings.spec, server),
      },
    },
    secrets: { ...(keys ? { keys } : {}), ...given(settings.secrets, server) },
  };
}

function given<Server, T>(value: T | ((server: Server) => T), server: Server): T {
  return typeof value === "function" ? (value as (server: Server) => T)(server) : value;
}

/** A key as the file of known_hosts has it. */
export function scanned(name: string, key: SshKeyPair = HOST_KEY): string {
  return `${name} ${key.public.trim()}\n`;
}

/** PEM in `spec.tls.caBundle`. */
export function bundled(pem: string): string {
  return Buffer.from(pem).toString("base64");
}
