import type { ConnectionCause } from "../../api/vocabulary";
import { failed, FailureError } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";

/** Location of a network error, for its message. */
export interface Where {
  /** The dialled server, as `host:port`. */
  readonly endpoint: string;
  /** The name that was resolved and that the certificate must contain. */
  readonly host: string;
}

type NetError = ErrorRow<Where>;
type Say = NetError["say"];

const UNRESOLVED: Say = ({ host }) =>
  `The name ${host} does not exist in DNS. Check its spelling, and that it is complete for the operator's pod (service.namespace.svc).`;
const DNS_FAILED: Say = ({ host }) =>
  `DNS did not answer for ${host}. Check the cluster's DNS and the NetworkPolicy of the operator's namespace.`;
const NO_ROUTE: Say = ({ endpoint }) =>
  `There is no route to ${endpoint}. Check the address, NetworkPolicies and firewalls.`;
const CUT: Say = ({ endpoint }) =>
  `${endpoint} closed the connection. Check the port's protocol and the server's log.`;
const NOT_TLS: Say = ({ endpoint }) =>
  `${endpoint} answered without TLS. Check the port, or whether the server has TLS turned on.`;
const NO_COMMON_TLS: Say = ({ endpoint }) =>
  `${endpoint} ended the TLS handshake: it shares no TLS version or cipher suite with the operator (1.2 or newer), or it requires a client certificate.`;
const UNTRUSTED: Say = ({ endpoint }) =>
  `The certificate of ${endpoint} is not signed by a trusted authority. Put the authority's certificate into spec.tls.caBundle or the Secret of spec.tls.caSecretRef.`;
const SELF_SIGNED: Say = ({ endpoint }) =>
  `The certificate of ${endpoint} is self-signed. Put it into spec.tls.caBundle or the Secret of spec.tls.caSecretRef.`;
const UNFIT: Say = ({ endpoint }) =>
  `The certificate of ${endpoint} may not be used for a server, or its chain is not valid. Issue a new one.`;
const CLIENT_CERTIFICATE: Say = ({ endpoint }) =>
  `${endpoint} refused the client certificate. Check tls.crt and tls.key in the sink's Secret, and that the server trusts their authority.`;
const TLS_FAILED: Say = ({ endpoint }) =>
  `The TLS handshake with ${endpoint} failed. Check the port, and the server's TLS settings and log.`;

/**
 * Codes of Node's DNS, socket and TLS errors, shared by all backends so that a fault has the same message
 * everywhere. Sources: Node's `errors` and `tls` pages, OpenSSL's X509_V_ERR names and alert names.
 */
export const NET_ERRORS: Readonly<Record<string, NetError>> = {
  ENOTFOUND: row("NameResolutionFailed", UNRESOLVED),
  ENODATA: row("NameResolutionFailed", UNRESOLVED),
  EAI_NONAME: row("NameResolutionFailed", UNRESOLVED),
  EAI_NODATA: row("NameResolutionFailed", UNRESOLVED),
  EAI_AGAIN: row("NameResolutionFailed", DNS_FAILED),
  EAI_FAIL: row("NameResolutionFailed", DNS_FAILED),
  ESERVFAIL: row("NameResolutionFailed", DNS_FAILED),
  ECONNREFUSED: row(
    "ConnectionRefused",
    ({ endpoint }) =>
      `No server listens at ${endpoint} (connection refused). Check host and port, and that the server runs.`,
  ),
  EHOSTUNREACH: row("Unreachable", NO_ROUTE),
  ENETUNREACH: row("Unreachable", NO_ROUTE),
  EHOSTDOWN: row("Unreachable", NO_ROUTE),
  ENETDOWN: row("Unreachable", NO_ROUTE),
  EADDRNOTAVAIL: row("Unreachable", NO_ROUTE),
  EINVAL: row("Unreachable", NO_ROUTE),
  EACCES: row("Unreachable", NO_ROUTE),
  EPERM: row("Unreachable", NO_ROUTE),
  ECONNRESET: row("Unreachable", CUT),
  ECONNABORTED: row("Unreachable", CUT),
  EPIPE: row("Unreachable", CUT),
  ERR_SOCKET_CLOSED: row("Unreachable", CUT),
  ERR_STREAM_PREMATURE_CLOSE: row("Unreachable", CUT),
  ETIMEDOUT: row(
    "TimedOut",
    ({ endpoint }) =>
      `${endpoint} did not answer (timed out). Check the address, NetworkPolicies and firewalls.`,
  ),
  ...rows("TLSUntrusted", UNTRUSTED, [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "CERT_SIGNATURE_FAILURE",
    "CERT_UNTRUSTED",
    "CERT_REJECTED",
    "CERT_REVOKED",
    "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
    "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  ]),
  DEPTH_ZERO_SELF_SIGNED_CERT: row("TLSUntrusted", SELF_SIGNED),
  ...rows("TLSFailed", UNFIT, [
    "INVALID_CA",
    "INVALID_PURPOSE",
    "PATH_LENGTH_EXCEEDED",
    "CERT_CHAIN_TOO_LONG",
    "EE_KEY_TOO_SMALL",
    "CA_KEY_TOO_SMALL",
    "CA_MD_TOO_WEAK",
    "ERR_TLS_CERT_ALTNAME_FORMAT",
    "ERROR_IN_CERT_NOT_BEFORE_FIELD",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
  ]),
  CERT_HAS_EXPIRED: row(
    "TLSExpired",
    ({ endpoint }) => `The certificate of ${endpoint}, or one of its chain, has expired. Renew it.`,
  ),
  CERT_NOT_YET_VALID: row(
    "TLSExpired",
    ({ endpoint }) =>
      `The certificate of ${endpoint}, or one of its chain, is not valid yet. Check the clocks, or issue a new one.`,
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: row("TLSNameMismatch", nameMismatch),
  HOSTNAME_MISMATCH: row("TLSNameMismatch", nameMismatch),
  IP_ADDRESS_MISMATCH: row("TLSNameMismatch", nameMismatch),
  ...rows("TLSFailed", NOT_TLS, [
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_PACKET_LENGTH_TOO_LONG",
    "ERR_SSL_HTTP_REQUEST",
    "ERR_SSL_UNEXPECTED_MESSAGE",
    "ERR_SSL_BAD_RECORD_TYPE",
  ]),
  ...rows("TLSFailed", NO_COMMON_TLS, [
    "ERR_SSL_UNSUPPORTED_PROTOCOL",
    "ERR_SSL_NO_PROTOCOLS_AVAILABLE",
    "ERR_SSL_ALERT_PROTOCOL_VERSION",
    "ERR_SSL_ALERT_HANDSHAKE_FAILURE",
    "ERR_SSL_ALERT_INSUFFICIENT_SECURITY",
    "ERR_SSL_ALERT_NO_APPLICATION_PROTOCOL",
    "ERR_SSL_DH_KEY_TOO_SMALL",
  ]),
  ...rows("AuthenticationFailed", CLIENT_CERTIFICATE, [
    "ERR_SSL_ALERT_CERTIFICATE_REQUIRED",
    "ERR_SSL_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_ALERT_UNSUPPORTED_CERTIFICATE",
    "ERR_SSL_ALERT_CERTIFICATE_REVOKED",
    "ERR_SSL_ALERT_CERTIFICATE_EXPIRED",
    "ERR_SSL_ALERT_CERTIFICATE_UNKNOWN",
    "ERR_SSL_ALERT_UNKNOWN_CA",
    "ERR_SSL_ALERT_ACCESS_DENIED",
    "ERR_SSL_ALERT_DECRYPT_ERROR",
  ]),
  ERR_SSL_ALERT_UNRECOGNIZED_NAME: row(
    "TLSNameMismatch",
    ({ endpoint, host }) =>
      `The server at ${endpoint} does not serve the name ${host} (TLS server name). Use a name that it serves.`,
  ),
  EPROTO: row("TLSFailed", TLS_FAILED),
};

/** During the handshake a closed connection indicates a fault of TLS rather than of the network. */
const TLS_PHASE_ERRORS: Readonly<Record<string, NetError>> = {
  ECONNRESET: row("TLSFailed", cutHandshake),
  EPIPE: row("TLSFailed", cutHandshake),
};

/**
 * The code of a TLS alert without the protocol that OpenSSL names in it. OpenSSL 3.2 renamed some: Node.js 20 has
 * `ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE`, and later ones `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE`.
 */
function withoutProtocol(code: string): string {
  return code.replace(/^ERR_SSL_(?:SSLV3|TLSV1|TLSV13|SSL\/TLS)_(?:ALERT_)?/, "ERR_SSL_ALERT_");
}

/** The entry for a code, with a general one for other OpenSSL codes. */
export function netError(code: string, phase?: "TLS"): NetError | undefined {
  const inPhase = phase === "TLS" ? TLS_PHASE_ERRORS[code] : undefined;
  if (inPhase) return inPhase;
  const known = withoutProtocol(code);
  if (Object.hasOwn(NET_ERRORS, known)) return NET_ERRORS[known];
  return code.startsWith("ERR_SSL_") ? row("TLSFailed", TLS_FAILED) : undefined;
}

/**
 * The first mapping of a caught error in every backend: a `FailureError` inside it (drivers wrap the dialler's
 * errors), else the failure for its network code, else undefined.
 */
export function netFailure(error: unknown, where: Where, phase?: "TLS"): FailureError | undefined {
  const chain = causeChain(error);
  const own = chain.find((item): item is FailureError => item instanceof FailureError);
  if (own) return own;
  for (const item of chain) {
    const code = codeOf(item);
    const entry = code === undefined ? undefined : netError(code, phase);
    if (entry) return failed(entry.cause, entry.say(where), error);
  }
  return undefined;
}

/** As {@link netFailure}, with a failure for every error, or the signal's reason if it has aborted. */
export function explained(error: unknown, where: Where, signal: AbortSignal, phase?: "TLS"): Error {
  if (signal.aborted) return signal.reason as Error;
  const fallback = phase === "TLS" ? "TLSFailed" : "Unreachable";
  return (
    netFailure(error, where, phase) ??
    failed(
      fallback,
      `The connection to ${where.endpoint} failed. Check the address and the server's log.`,
      error,
    )
  );
}

/** The `code` of an error, when it is a string. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const MAX_CHAIN = 20;

/** The error, its causes and its aggregated errors, outermost first; bounded, and safe with cycles. */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && chain.length < MAX_CHAIN) {
    const item = queue.shift();
    if (typeof item !== "object" || item === null || chain.includes(item)) continue;
    chain.push(item);
    if ("cause" in item) queue.push(item.cause);
    if ("errors" in item && Array.isArray(item.errors)) queue.push(...item.errors.slice(0, MAX_CHAIN));
  }
  return chain;
}

function rows(cause: ConnectionCause, say: Say, codes: readonly string[]): Record<string, NetError> {
  return Object.fromEntries(codes.map((code) => [code, row(cause, say)]));
}

function nameMismatch({ endpoint, host }: Where): string {
  return `The certificate of ${endpoint} is not for ${host}. Use a name that the certificate carries, or issue one for this name.`;
}

function cutHandshake({ endpoint }: Where): string {
  return `${endpoint} closed the connection during the TLS handshake. Check that the port uses TLS, and the server's log.`;
}
