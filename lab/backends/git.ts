import type { KollectSnapshotSinkSpec } from "../../capabilities/api/types";
import { hostPort } from "../../capabilities/probes/messages";
import { trusting } from "../pki";
import { startGitHttp } from "../servers/git/http";
import { gitRepositories, type GitRepositories } from "../servers/git/repositories";
import { startGitSsh } from "../servers/git/sshd";
import {
  orStop,
  stopAll,
  type LabBackend,
  type LabContext,
  type LabServer,
  type RunningServer,
} from "./backend";
import { keyPair, knownHost } from "./git-keys";
import type { ProbeCase } from "./run-case";
import { FILLER, HTTP_DRIP, WRONG } from "./variations";

export { trusting } from "../pki";

export const TOKEN = "glpat-tok&en/of tests%41";
export const READER_TOKEN = "read-only+token=of tests";
export const PASSWORD = "corr&ct horse:b@ttery/staple%41";

export interface GitCaseOptions {
  readonly type?: "git" | "gitlab";
  /** Values of the Secret that spec.secretRef names; null leaves the reference out. */
  readonly secret?: Readonly<Record<string, string>> | null;
  /** Values of the Secret that spec.git.auth.secretRef names. */
  readonly authSecret?: Readonly<Record<string, string>>;
  readonly git?: KollectSnapshotSinkSpec["git"];
  readonly gitlab?: KollectSnapshotSinkSpec["gitlab"];
  readonly tls?: KollectSnapshotSinkSpec["tls"];
  readonly ca?: Readonly<Record<string, string>>;
}

/** A sink of type git or gitlab with this endpoint; for ssh:// with the type of authentication that it needs. */
export function gitCase(endpoint: string | undefined, options: GitCaseOptions = {}): ProbeCase {
  return {
    sink: {
      apiVersion: "kollect.dev/v1alpha1",
      kind: "KollectSnapshotSink",
      metadata: { name: "inventory", namespace: "shop", uid: "uid-1", resourceVersion: "1", generation: 1 },
      spec: {
        type: options.type ?? "git",
        ...defined({ endpoint, git: gitOf(endpoint, options), gitlab: options.gitlab, tls: tlsOf(options) }),
        ...(options.secret === null ? {} : { secretRef: { name: "git-credentials" } }),
      },
    },
    secrets: defined({
      "spec.secretRef":
        options.secret === undefined ? { username: "kollect", token: TOKEN } : (options.secret ?? undefined),
      "spec.git.auth.secretRef": options.authSecret,
      "spec.tls.caSecretRef": options.ca,
    }),
  };
}

function gitOf(
  endpoint: string | undefined,
  { type = "git", git, authSecret }: GitCaseOptions,
): GitCaseOptions["git"] {
  const isSsh = type === "git" && endpoint?.startsWith("ssh://") === true && !git?.auth;
  const auth = {
    ...(isSsh ? { type: "ssh" as const } : {}),
    ...git?.auth,
    ...(authSecret ? { secretRef: { name: "git-auth" } } : {}),
  };
  return Object.keys(auth).length > 0 ? { ...git, auth } : git;
}

function tlsOf({ tls, ca }: GitCaseOptions): GitCaseOptions["tls"] {
  return ca ? { ...tls, caSecretRef: { name: "git-ca" } } : tls;
}

function defined<T extends object>(members: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

const BRANCH = { branch: "main" };

/** Git over HTTPS, as the server of either type. */
export function gitOverHttp(type: "git" | "gitlab", server: string): LabServer {
  return {
    name: type,
    server,
    needs: ["git"],
    start: (context) => startHttp(type, context),
    at: (target, secret) => {
      const endpoint = `http://${hostPort(target)}/inventory.git`;
      return gitCase(endpoint, { type, secret, ...(type === "git" ? { git: BRANCH } : {}) });
    },
    refuse: (values) => ({ ...values, token: WRONG }),
    dripBytes: HTTP_DRIP,
  };
}

async function startHttp(type: "git" | "gitlab", { authority }: LabContext): Promise<RunningServer> {
  const user = type === "git" ? "kollect" : "x-access-token";
  const repositories = await withRepository();
  const stopping: Array<() => Promise<void>> = [repositories.remove];
  return orStop(
    () => stopAll(stopping),
    async () => {
      const server = await startGitHttp({
        root: repositories.root,
        accounts: [{ user, password: TOKEN, mayPush: true }],
        tls: authority.issue({ names: ["localhost"] }),
      });
      stopping.unshift(server.stop);
      const secret = { token: TOKEN, ...(type === "git" ? { username: user } : {}) };
      const target = type === "git" ? { git: BRANCH } : {};
      const endpoint = `https://localhost:${server.port}/inventory.git`;
      return gitCase(endpoint, { type, secret, ...target, tls: trusting(authority.cert) });
    },
  );
}

/** Git over SSH. */
export const overSsh: LabServer = {
  name: "git-ssh",
  server: "golang.org/x/crypto/ssh with Git behind it",
  needs: ["git", "go"],
  program: "git-sshd",
  start: async () => {
    const [hostKey, userKey] = [keyPair(), keyPair()];
    const repositories = await withRepository();
    const stopping: Array<() => Promise<void>> = [repositories.remove];
    return orStop(
      () => stopAll(stopping),
      async () => {
        const { host, port, stop } = await startGitSsh({
          root: repositories.root,
          hostKeys: [hostKey.private],
          users: { git: { authorizedKeys: [userKey.public], mayPush: true } },
        });
        stopping.unshift(stop);
        const known_hosts = knownHost(`[${host}]:${port}`, hostKey);
        const secret = { "ssh-privatekey": userKey.private, known_hosts };
        return gitCase(`ssh://git@${host}:${port}/inventory.git`, { secret, git: BRANCH });
      },
    );
  },
  at: (target, secret) =>
    gitCase(`ssh://git@${hostPort(target)}/inventory.git`, {
      // No fault comes so far as to show a host key.
      secret: { ...secret, known_hosts: knownHost(`[${target.host}]:${target.port}`, keyPair()) },
      git: BRANCH,
    }),
  refuse: (values) => ({ ...values, "ssh-privatekey": keyPair().private }),
  dripBytes: Buffer.concat([Buffer.from("SSH-2.0-"), FILLER]),
};

async function withRepository(): Promise<GitRepositories> {
  const repositories = await gitRepositories();
  try {
    await repositories.create("inventory", { branches: [BRANCH.branch] });
    return repositories;
  } catch (error) {
    await repositories.remove();
    throw error;
  }
}

export const git: LabBackend = [gitOverHttp("git", "git http-backend"), overSsh];
