import type { Sink } from "../../api/types";
import { failed, type FailureError } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import type { SecretReference } from "../../domain/references";
import { credentialReferences, settingsOf, SHARED_FIELD } from "../sink-spec";
import { hostPort } from "../messages";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { ProbePlan, ResolvedSecrets } from "../probe";
import { clientCertificate, tlsTrust } from "../secrets/tls-trust";
import { missingLogin, natsCredentials, type NatsCredentials } from "./credentials";
import { parseServers, type NatsServer, type NatsServers } from "./servers";
import { isStreamName, isStreamSubject } from "./subject";

const OWN_FIELD = "spec.nats.secretRef";
const NEEDS = "a subject";
/** The stream that the exporter uses when the sink names none. */
export const DEFAULT_STREAM = "kollect_events";

export interface NatsPlan extends ProbePlan {
  readonly servers: readonly NatsServer[];
  /** The field that names them. */
  readonly addressField: string;
  readonly subject: string;
  readonly stream: string;
  readonly tls: NatsTls;
  /** Credentials of the Secret; absent means no login unless an address has one. */
  readonly credentials?: NatsCredentials;
  /** The failure of a Secret without a login. */
  readonly missing?: FailureError;
}

export interface NatsTls extends TlsTrust {
  /** The sink's setting that requires TLS; absent if only the server may require it. */
  readonly wantedBy?: string;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

/** The Secrets that a nats sink names; `spec.nats.secretRef` takes precedence over `spec.secretRef`. */
export function natsReferences(sink: Sink): SecretReference[] {
  const { secretRef } = settingsOf(sink, "nats", NEEDS);
  return credentialReferences(sink, { field: OWN_FIELD, reference: secretRef });
}

/** The sink as the exporter reads it. @see Probe.plan */
export function natsPlan(sink: Sink, secrets: ResolvedSecrets): NatsPlan {
  const { subject, stream } = settingsOf(sink, "nats", NEEDS);
  const { addressField, servers, tls } = addressIn(sink);
  const trust = tlsTrust(sink, secrets);
  const wantedBy = tls ? `tls:// in ${addressField}` : wantedByTls(sink, trust);
  const secret = secrets.get(OWN_FIELD) ?? secrets.get(SHARED_FIELD);
  return {
    endpoint: servers.map(hostPort).join(","),
    servers,
    addressField,
    ...natsTarget({ subject, stream }),
    tls: { ...trust, ...(wantedBy ? { wantedBy } : {}), ...(secret ? certificateOf(secret) : {}) },
    ...(secret ? loginOf(secret) : {}),
  };
}

function addressIn(sink: Sink): NatsServers & Pick<NatsPlan, "addressField"> {
  const url = settingsOf(sink, "nats", NEEDS).url?.trim() ?? "";
  if (url !== "") return { addressField: "spec.nats.url", ...parseServers(url, "spec.nats.url") };
  return { addressField: "spec.endpoint", ...parseServers(sink.spec.endpoint ?? "", "spec.endpoint") };
}

/** The setting in `spec.tls` that requires TLS; `tls: {}` and a Secret without an authority do not. */
function wantedByTls({ spec }: Sink, { ca, insecureSkipVerify }: TlsTrust): string | undefined {
  if (insecureSkipVerify) return "spec.tls.insecureSkipVerify";
  if (ca === undefined) return undefined;
  return spec.tls?.caBundle ? "spec.tls.caBundle" : "spec.tls.caSecretRef";
}

/** The client certificate, which may be the only login or accompany another. */
function certificateOf(secret: Secret): Pick<NatsTls, "clientCertificate"> {
  const certificate = clientCertificate(secret);
  return certificate ? { clientCertificate: certificate } : {};
}

function loginOf(secret: Secret): Pick<NatsPlan, "credentials" | "missing"> {
  const credentials = natsCredentials(secret);
  if (credentials) return { credentials };
  const missing = missingLogin(secret);
  return missing && !secret.data.has("tls.key") ? { missing } : {};
}

/** Subject and stream as the exporter names them. Throws `FailureError` `InvalidConfiguration`. */
export function natsTarget(settings: {
  readonly subject?: string | undefined;
  readonly stream?: string | undefined;
}): Pick<NatsPlan, "subject" | "stream"> {
  const subject = settings.subject?.trim() ?? "";
  if (!isStreamSubject(subject)) {
    throw failed(
      "InvalidConfiguration",
      "spec.nats.subject is not a subject: use words separated by dots, without blanks.",
    );
  }
  const stream = (settings.stream?.trim() || DEFAULT_STREAM).replaceAll(".", "_");
  if (isStreamName(stream)) return { subject, stream };
  throw failed(
    "InvalidConfiguration",
    "spec.nats.stream is not the name of a stream: leave out blanks, slashes, '*' and '>'.",
  );
}
