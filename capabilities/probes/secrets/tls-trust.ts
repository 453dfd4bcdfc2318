import { X509Certificate } from "node:crypto";
import type { Sink } from "../../api/types";
import { exporterName, holds } from "../../domain/exporter/judge";
import type { ExporterSettings } from "../../domain/exporter/settings";
import { failed, FailureError } from "../../domain/failure";
import { CA_FIELD } from "../../domain/references";
import type { Secret } from "../../domain/ports";
import { isBase64 } from "../../lib/base64";
import type { SecureOptions, TlsTrust } from "../net/dialler";
import type { ResolvedSecrets } from "../probe";
import { pastedFault, pemKind } from "./pasted-text";
import { MAX_RSA_BITS, readPrivateKey, type KeyFault } from "./private-keys";
import { invalidValue, MAX_VALUE_BYTES, optionalText, requiredText } from "./secret-values";

const CA_KEYS = ["tls.crt", "ca.crt", "ca.pem"] as const;
/** Maximum number of different certificates. Each takes half a millisecond, and a system has about 150 authorities. */
const MAX_CERTIFICATES = 256;
/** The name that {@link pemKind} uses. */
const CERTIFICATE = "a certificate";

/**
 * The settings of `spec.tls`, read as the exporter does: the bundle wins over the Secret, and of the Secret's keys the
 * first that is not empty counts. A Secret without any of them adds no authority.
 * Throws `FailureError`: `InvalidConfiguration` (bundle), `SecretValueInvalid` (Secret).
 */
export function tlsTrust(sink: Sink, secrets: ResolvedSecrets): TlsTrust {
  const tls = sink.spec.tls;
  // The Secret may have been read although the sink, in the form that is probed, does not name it.
  const secret = tls?.caSecretRef && secrets.get(CA_FIELD);
  const ca = tls?.caBundle ? bundle(tls.caBundle) : secret && authoritiesIn(secret);
  return { ...(ca ? { ca } : {}), insecureSkipVerify: tls?.insecureSkipVerify === true };
}

/**
 * Only the system's authorities. All connections that send the operator's own identity use this: a sink must not choose
 * its receiver.
 */
export const SYSTEM_TRUST: TlsTrust = { insecureSkipVerify: false };

/** Context of an untrusted certificate, with the exporter's alternative to `spec.tls`. */
interface Distrust {
  readonly endpoint: string;
  /** The sink's authorities; absent means the system's. */
  readonly ca: string | undefined;
  readonly exporter: ExporterSettings;
  /** The option of the connection string that names a file of authorities. */
  readonly option: string;
}

/** The error of an untrusted certificate, with advice that works for the exporter too; any other error unchanged. */
export function distrusted(error: unknown, { endpoint, ca, exporter, option }: Distrust): unknown {
  if (!(error instanceof FailureError) || error.failure.cause !== "TLSUntrusted") return error;
  const whose = ca === undefined ? "an authority that the system trusts" : "the authority in spec.tls";
  const advice = holds("TLSSettingsIgnored", exporter)
    ? `${exporterName(exporter)} ignores spec.tls of this type: put the authority into a file of the exporter's pod and name it in ${option}`
    : "Put the authority's certificate into spec.tls.caBundle or the Secret of spec.tls.caSecretRef";
  const message = `The certificate of ${endpoint} is not signed by ${whose}. ${advice}.`;
  return failed("TLSUntrusted", message, error);
}

const KEY_FAULTS: Readonly<Record<KeyFault, string>> = {
  unreadable: "holds no PEM private key that can be read without a passphrase",
  tooLong: `holds a private key of more than ${MAX_RSA_BITS} bits. Store a shorter one`,
};

/** The client certificate of a Secret: keys `tls.crt` and `tls.key`, both or none. */
export function clientCertificate(secret: Secret): SecureOptions["clientCertificate"] {
  const key = optionalText(secret, ["tls.key"]);
  if (!key) return undefined;
  const cert = requiredText(secret, ["tls.crt"]);
  if (!certificatesIn(cert.text)) throw invalidValue(secret, cert.key, certificateFault(cert.text));
  const privateKey = readPrivateKey(key.text);
  if (typeof privateKey === "string") throw invalidValue(secret, key.key, KEY_FAULTS[privateKey]);
  return { cert: cert.text, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim() };
}

function bundle(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  const pem = certificatesIn(bytes.toString("utf8"));
  if (pem) return pem;
  const fault = base64.trimStart().startsWith("-----BEGIN")
    ? "is not in base64"
    : certificateFault(bytes.toString("utf8"), bytes);
  throw failed(
    "InvalidConfiguration",
    `spec.tls.caBundle ${fault.split(". ", 1)[0]}. Write the PEM text of the authority in base64.`,
  );
}

/** The sink's authorities. The exporter reads certificates even from a value that is not UTF-8. */
function authoritiesIn(secret: Secret): string | undefined {
  const key = CA_KEYS.find((name) => (secret.data.get(name)?.length ?? 0) > 0);
  const bytes = key === undefined ? undefined : secret.data.get(key);
  if (key === undefined || bytes === undefined) return undefined;
  const pem = bytes.length > MAX_VALUE_BYTES ? undefined : certificatesIn(bytes.toString("utf8"));
  if (pem) return pem;
  const value = optionalText(secret, [key]);
  throw invalidValue(secret, key, value ? certificateFault(value.text) : "holds only white space");
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
/** As Go's `pem.Decode` finds one: its first line begins at the beginning of a line. */
const BLOCK =
  /(?:^|\n)-----BEGIN CERTIFICATE-----[ \t\r]*\n([^-]*)-----END CERTIFICATE-----[ \t\r]*(?=\n|$)/g;

/** The readable certificates of a PEM text, as the exporter reads them; undefined when there is none. */
function certificatesIn(text: string): string | undefined {
  const bodies = bodiesIn(text);
  if (bodies.size > MAX_CERTIFICATES) return undefined;
  const pems = [...bodies].flatMap(certificateOf);
  return pems.length > 0 ? pems.join("\n") : undefined;
}

/** The different contents of a PEM text's certificates, one more than may be read at most. */
function bodiesIn(text: string): ReadonlySet<string> {
  const bodies = new Set<string>();
  for (const [, body = ""] of text.matchAll(BLOCK)) {
    bodies.add(body.replaceAll(/\s/g, ""));
    if (bodies.size > MAX_CERTIFICATES) break;
  }
  return bodies;
}

/** A certificate in PEM, re-encoded because Node does not accept blank lines within it; empty if it is not valid. */
function certificateOf(base64: string): string[] {
  if (!isBase64(base64)) return [];
  const bytes = Buffer.from(base64, "base64");
  try {
    return [new X509Certificate(bytes).toString().trimEnd()];
  } catch {
    return [];
  }
}

/** Why a text contains no certificates; begins with a verb. */
function certificateFault(text: string, bytes = Buffer.from(text, "base64")): string {
  const pasted = pastedFault(text, (other) => other.includes(BEGIN));
  if (pasted) return pasted;
  if (bodiesIn(text).size > MAX_CERTIFICATES) return `holds more than ${MAX_CERTIFICATES} certificates`;
  const kind = pemKind(text);
  if (kind !== undefined && kind !== CERTIFICATE) return `holds ${kind} in place of a certificate`;
  if (/-----BEGIN CERTIFICATE-----[^\n]{80}/.test(text))
    return "holds a certificate whose lines are joined. Keep its line ends";
  if (/(?:^|\n)[^\n-]+-----BEGIN CERTIFICATE-----/.test(text))
    return "has something in front of the line -----BEGIN of its certificate. Remove it";
  if (text.includes(BEGIN)) return "holds a certificate that is cut off or broken";
  return isCertificate(bytes)
    ? "holds a certificate without its BEGIN and END lines"
    : "holds no PEM certificate that can be read";
}

function isCertificate(pem: string | Buffer): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
