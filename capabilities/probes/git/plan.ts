import type { KollectSnapshotSinkSpec, Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { hostPort } from "../messages";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { credentialReferences, SHARED_FIELD } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../tls-trust";
import { branchRef } from "./branch";
import {
  httpCredentials,
  sshCredentials,
  type GitType,
  type HttpCredentials,
  type SshCredentials,
} from "./credentials";
import { parseEndpoint, type GitEndpoint, type HttpEndpoint, type SshEndpoint } from "./endpoint";

interface CommonPlan extends ProbePlan {
  readonly type: GitType;
  /** Full name of the branch that the sink writes to; absent means the repository's own default. */
  readonly branch?: string;
  /** Full name of the branch that merge requests aim at. */
  readonly targetBranch?: string;
  /** The Secret with the credentials, for messages. */
  readonly secret?: string;
}

export interface HttpPlan extends CommonPlan {
  readonly at: HttpEndpoint;
  readonly credentials?: HttpCredentials;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

export interface SshPlan extends CommonPlan {
  readonly at: SshEndpoint;
  readonly credentials: SshCredentials;
}

export type GitPlan = HttpPlan | SshPlan;

const AUTH_FIELD = "spec.git.auth.secretRef";

/** The Secrets that a git or gitlab sink names. The more specific one hides the other, which is not read. */
export function gitReferences(sink: Sink): SecretReference[] {
  const { git } = settings(sink);
  return credentialReferences(sink, { field: AUTH_FIELD, reference: git?.auth?.secretRef });
}

/** @see Probe.plan */
export function gitPlan(type: GitType, sink: Sink, secrets: ResolvedSecrets): GitPlan {
  const spec = settings(sink);
  const at = parseEndpoint(spec.endpoint);
  checkAuthType(spec, at);
  const secret = secrets.get(AUTH_FIELD) ?? secrets.get(SHARED_FIELD);
  const common = {
    type,
    endpoint: hostPort(at),
    ...branches(type, spec, at),
    ...(secret ? { secret: secret.name } : {}),
  };
  if (at.transport === "ssh") return { ...common, at, credentials: sshCredentials(needed(secret), at) };
  return { ...common, at, trust: tlsTrust(sink, secrets), ...(secret ? fromSecret(type, secret, at) : {}) };
}

function fromSecret(
  type: GitType,
  secret: Secret,
  at: HttpEndpoint,
): Pick<HttpPlan, "credentials" | "clientCertificate"> {
  const certificate = at.transport === "https" ? clientCertificate(secret) : undefined;
  const credentials = httpCredentials(type, secret, { user: at.user, isOptional: certificate !== undefined });
  return {
    ...(credentials ? { credentials } : {}),
    ...(certificate ? { clientCertificate: certificate } : {}),
  };
}

function settings(sink: Sink): KollectSnapshotSinkSpec {
  if (sink.kind === "KollectSnapshotSink") return sink.spec;
  throw failed("InvalidConfiguration", "Only a KollectSnapshotSink can have the type git or gitlab.");
}

function needed(secret: Secret | undefined): Secret {
  if (secret) return secret;
  throw failed(
    "NoCredentials",
    "An SSH endpoint needs a private key and known_hosts, and the sink names no Secret. Set spec.secretRef.",
  );
}

function checkAuthType({ git }: KollectSnapshotSinkSpec, { transport }: GitEndpoint): void {
  const type = git?.auth?.type;
  if (type === undefined || (type === "ssh") === (transport === "ssh")) return;
  const wanted = type === "ssh" ? "an ssh:// or git@host:path endpoint" : "an https:// or http:// endpoint";
  throw failed(
    "InvalidConfiguration",
    `spec.git.auth.type is ${type}, which needs ${wanted}, and spec.endpoint uses ${transport}. Change one of them.`,
  );
}

function branches(
  type: GitType,
  spec: KollectSnapshotSinkSpec,
  at: GitEndpoint,
): Pick<CommonPlan, "branch" | "targetBranch"> {
  const branch = ownBranch(spec, at);
  const target = type === "gitlab" ? mergeTarget(spec, branch) : undefined;
  return { ...(branch ? { branch } : {}), ...(target ? { targetBranch: target } : {}) };
}

function ownBranch({ git }: KollectSnapshotSinkSpec, at: GitEndpoint): string | undefined {
  if (git?.branch) return branchRef(git.branch, "spec.git.branch");
  return at.branch && branchRef(at.branch, "#branch= in spec.endpoint");
}

/** Without a target of its own a merge request aims at the sink's branch, which then must exist. */
function mergeTarget({ gitlab }: KollectSnapshotSinkSpec, branch: string | undefined): string | undefined {
  const { mode, targetBranch } = gitlab?.mergeRequest ?? {};
  if (mode === "direct") return undefined;
  if (targetBranch) return branchRef(targetBranch, "spec.gitlab.mergeRequest.targetBranch");
  return mode === "merge_request" ? branch : undefined;
}
