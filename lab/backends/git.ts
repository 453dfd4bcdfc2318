import type { KollectSnapshotSinkSpec } from "../../capabilities/api/types";
import type { ProbeCase } from "./run-case";

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

/** `spec.tls.caBundle` for these certificates. */
export function trusting(pem: string): { caBundle: string } {
  return { caBundle: Buffer.from(pem).toString("base64") };
}
