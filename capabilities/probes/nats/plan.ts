import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { hostPort } from "../messages";
import type { DialTarget, SecureOptions, TlsTrust } from "../net/dialler";
import type { ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { requiredVerbatim } from "../secret-values";
import { credentialReferences, settingsOf, SHARED_FIELD } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../tls-trust";
import { natsCredentials, type NatsCredentials } from "./credentials";
import { parseServers } from "./servers";
import { isPublishable, isStreamName } from "./subject";

const OWN_FIELD = "spec.nats.secretRef";
const NEEDS = "a subject";

export interface NatsPlan extends ProbePlan {
  readonly servers: readonly DialTarget[];
  readonly subject: string;
  readonly stream?: string;
  readonly provisioning: "ensure" | "existing";
  readonly tls: NatsTls;
  /** Absent means no login. */
  readonly credentials?: NatsCredentials;
  /** The Secret with the credentials, for messages. */
  readonly secret?: string;
}

export interface NatsTls extends TlsTrust {
  /** Whether the sink asks for TLS; a server may require it all the same. */
  readonly wanted: boolean;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

/** The Secrets that a nats sink names; `spec.nats.secretRef` goes before `spec.secretRef`. */
export function natsReferences(sink: Sink): SecretReference[] {
  const { secretRef } = settingsOf(sink, "nats", NEEDS);
  return credentialReferences(sink, { field: OWN_FIELD, reference: secretRef });
}

/** @see Probe.plan */
export function natsPlan(sink: Sink, secrets: ResolvedSecrets): NatsPlan {
  const { url, subject, stream } = settingsOf(sink, "nats", NEEDS);
  const { servers, tls } = url
    ? parseServers(url, "spec.nats.url")
    : parseServers(sink.spec.endpoint ?? "", "spec.endpoint");
  checkNames(subject, stream);
  const secret = secrets.get(OWN_FIELD) ?? secrets.get(SHARED_FIELD);
  const plan: NatsPlan = {
    endpoint: servers.map(hostPort).join(","),
    servers,
    subject,
    ...(stream ? { stream } : {}),
    provisioning: sink.spec.provisioning?.mode ?? "ensure",
    tls: { ...tlsTrust(sink, secrets), wanted: tls || sink.spec.tls !== undefined },
    ...(secret ? login(secret) : {}),
  };
  return secret ? withCertificate(plan, secret) : plan;
}

/** A certificate may be the only login, or stand beside another. */
function withCertificate(plan: NatsPlan, secret: Secret): NatsPlan {
  const certificate = clientCertificate(secret);
  if (certificate) return { ...plan, tls: { ...plan.tls, clientCertificate: certificate } };
  if (!plan.credentials) requiredVerbatim(secret, ["creds", "nkey", "token", "username", "tls.key"]);
  return plan;
}

function login(secret: Secret): Pick<NatsPlan, "credentials" | "secret"> {
  const credentials = natsCredentials(secret);
  if (credentials) return { credentials, secret: secret.name };
  return { secret: secret.name };
}

function checkNames(subject: string, stream: string | undefined): void {
  if (!isPublishable(subject ?? "")) {
    throw failed(
      "InvalidConfiguration",
      "spec.nats.subject is no subject to publish to: use words with dots between, without blanks, '*' or '>'.",
    );
  }
  if (stream && !isStreamName(stream)) {
    throw failed(
      "InvalidConfiguration",
      "spec.nats.stream is not the name of a stream: leave out blanks, dots, slashes, '*' and '>'.",
    );
  }
}
