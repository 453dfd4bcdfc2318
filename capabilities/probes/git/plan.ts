import type { KollectSnapshotSinkSpec, Sink } from "../../api/types";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import type { SecretReference } from "../../domain/references";
import { hostPort, quoted } from "../messages";
import type { TlsTrust } from "../net/dialler";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { credentialReferences, SHARED_FIELD } from "../sink-spec";
import { trimmed } from "../../lib/trimmed";
import { tlsTrust } from "../secrets/tls-trust";
import { httpCredentials, sshCredentials, type HttpCredentials, type SshCredentials } from "./credentials";
import { parseEndpoint, type GitEndpoint, type HttpEndpoint, type SshEndpoint } from "./endpoint";
import type { GitEngine, GitType } from "./engine";
import { apiCredentials, type ApiCredentials } from "./gitlab/credentials";
import { gitTarget, gitlabTarget, type GitTarget } from "./target";

interface CommonPlan extends ProbePlan {
  readonly type: GitType;
  readonly engine: GitEngine;
  /** Name of the repository in messages. */
  readonly repository: string;
  /** The exporter's target. */
  readonly target: GitTarget;
  /** The Secret with the credentials, for messages. */
  readonly secret?: string;
}

export interface HttpPlan extends CommonPlan {
  readonly at: HttpEndpoint;
  readonly credentials?: HttpCredentials;
  readonly trust: TlsTrust;
  /** Credentials for GitLab's REST API; absent for the type git, and without credentials. */
  readonly api?: ApiCredentials;
}

export interface SshPlan extends CommonPlan {
  readonly at: SshEndpoint;
  readonly credentials: SshCredentials;
  /** False with `spec.tls.insecureSkipVerify`. */
  readonly verifiesHostKey: boolean;
  /** Why the exporter may log in as another user; absent when it does not. */
  readonly otherUser?: string;
}

export type GitPlan = HttpPlan | SshPlan;

const AUTH_FIELD = "spec.git.auth.secretRef";

/** The Secret with the credentials of a git or gitlab sink; `spec.git` is not read for the type gitlab. */
export function gitReferences(type: GitType, sink: Sink): SecretReference[] {
  const { git } = settings(sink);
  const reference = type === "git" ? git?.auth?.secretRef : undefined;
  return credentialReferences(sink, { field: AUTH_FIELD, reference });
}

/** @see Probe.plan */
export function gitPlan(
  type: GitType,
  sink: Sink,
  secrets: ResolvedSecrets,
  { exporter = DEFAULT_EXPORTER }: Pick<PlanOptions, "exporter">,
): GitPlan {
  const spec = settings(sink);
  const at = parseEndpoint(spec.endpoint, type);
  checkTransport(type, spec, at);
  const trust = onlyOneAuthority(spec, () => tlsTrust(sink, secrets));
  const secret = (type === "git" ? secrets.get(AUTH_FIELD) : undefined) ?? secrets.get(SHARED_FIELD);
  const engine = type === "git" && spec.git?.engine === "cli" ? "cli" : "go-git";
  const common = {
    type,
    engine,
    endpoint: hostPort(at),
    repository: repositoryOf(at),
    shown: `${hostPort(at)}/${repositoryOf(at)}`,
    target: type === "git" ? gitTarget(spec, at, { engine, exporter }) : gitlabTarget(spec, at, exporter),
    ...(secret ? { secret: secret.name } : {}),
  } as const;
  if (at.transport !== "ssh") return { ...common, at, trust, ...httpParts(spec, secret, common) };
  const parts = sshParts(at, secret, { engine, exporter, trust });
  // After the Secret, so that an unreadable key is reported first: it is a fault whatever the type is.
  needSshType(spec);
  return { ...common, ...parts };
}

function httpParts(
  { git }: KollectSnapshotSinkSpec,
  secret: Secret | undefined,
  { type, engine, target }: Pick<CommonPlan, "type" | "engine" | "target">,
): Pick<HttpPlan, "credentials" | "api"> {
  const api = secret && type === "gitlab" ? apiCredentials(secret) : undefined;
  if (target.sourcePrefix !== undefined && !api) throw noToken(secret);
  if (!secret) return {};
  const forceBasicAuth = type === "git" && git?.forceBasicAuth === true;
  return { credentials: httpCredentials(secret, { engine, forceBasicAuth }), ...(api ? { api } : {}) };
}

/** Merge requests are opened through the REST API, which requires a token even if a push needs no login. */
function noToken(secret: Secret | undefined): Error {
  const mode = "Mode merge_request needs a token for GitLab's REST API";
  return secret
    ? failed(
        "SecretKeyMissing",
        `${mode}, and Secret ${secret.name} has no key token. Add it, with scope api.`,
      )
    : failed(
        "NoCredentials",
        `${mode}, and the sink names no Secret. Set spec.secretRef to one with the key token.`,
      );
}

function sshParts(
  declared: SshEndpoint,
  secret: Secret | undefined,
  {
    engine,
    exporter,
    trust,
  }: { readonly engine: GitEngine; readonly exporter: ExporterSettings; readonly trust: TlsTrust },
): Pick<SshPlan, "at" | "credentials" | "verifiesHostKey" | "otherUser"> {
  const verifiesHostKey = !trust.insecureSkipVerify;
  const endpoint = asLoggedIn(declared, engine, exporter);
  const credentials = sshCredentials(needed(secret), { engine, endpoint, verifiesHostKey });
  const otherUser = exporter.version === "none" ? undefined : otherUserOf(credentials, declared, engine);
  return { at: endpoint, credentials, verifiesHostKey, ...(otherUser ? { otherUser } : {}) };
}

/** The git program drops the slash before a tilde, so that the server's shell expands it; go-git does not. */
function asLoggedIn(at: SshEndpoint, engine: GitEngine, { version, strict }: ExporterSettings): SshEndpoint {
  const path = engine === "cli" && at.path.startsWith("/~") ? at.path.slice(1) : at.path;
  const { user: _, ...anonymous } = at;
  return { ...(strict && version !== "none" ? anonymous : at), path };
}

/** Read in the exporter's source: it removes the user from the URL before it logs in, so ssh gets none. */
function otherUserOf({ user }: SshCredentials, at: SshEndpoint, engine: GitEngine): string | undefined {
  if (engine === "cli") return "with the engine cli the exporter logs in as the user that its pod runs as";
  return at.user !== undefined && at.user === user && user !== "git"
    ? "the exporter does not use the user of spec.endpoint: write it into the key username of the Secret"
    : undefined;
}

function settings(sink: Sink): KollectSnapshotSinkSpec {
  if (sink.kind === "KollectSnapshotSink") return sink.spec;
  throw failed("InvalidConfiguration", "Only a KollectSnapshotSink can have the type git or gitlab.");
}

function repositoryOf({ path }: GitEndpoint): string {
  return quoted(trimmed(path, /\//));
}

function needed(secret: Secret | undefined): Secret {
  if (secret) return secret;
  throw failed(
    "NoCredentials",
    "An SSH endpoint needs a private key and known_hosts, and the sink names no Secret. Set spec.secretRef.",
  );
}

/** Checks the combinations that the exporter refuses because of the endpoint's scheme. */
function checkTransport(type: GitType, { git }: KollectSnapshotSinkSpec, { transport }: GitEndpoint): void {
  if (type === "gitlab" && transport === "ssh") {
    throw invalid(
      "spec.endpoint uses ssh. A gitlab sink accepts only https:// or http://: use one, or type git.",
    );
  }
  if (type === "git" && transport !== "ssh" && git?.auth?.type === "ssh") {
    throw invalid(
      `spec.git.auth.type is ssh, which needs an ssh:// endpoint, and spec.endpoint uses ${transport}. Change one of them.`,
    );
  }
}

function needSshType({ git }: KollectSnapshotSinkSpec): void {
  const type = git?.auth?.type;
  if (type === "ssh") return;
  throw invalid(
    `spec.git.auth.type is ${type ?? "not set"}, and spec.endpoint uses ssh. Set spec.git.auth.type to ssh: ` +
      "without it the exporter expects a token and an https:// endpoint.",
  );
}

/** Authorities are read whatever the transport is, because the exporter refuses a sink with a broken one. */
function onlyOneAuthority({ tls }: KollectSnapshotSinkSpec, read: () => TlsTrust): TlsTrust {
  if (tls?.caBundle && tls.caSecretRef) {
    throw invalid(
      "spec.tls has both caBundle and caSecretRef, which the exporter refuses for Git. Remove one of them.",
    );
  }
  return read();
}

function invalid(message: string): Error {
  return failed("InvalidConfiguration", message);
}
