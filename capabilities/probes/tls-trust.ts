import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Sink } from "../api/types";
import { failed } from "../domain/failure";
import { CA_FIELD } from "../domain/references";
import type { Secret } from "../domain/ports";
import type { SecureOptions, TlsTrust } from "./net/dialler";
import type { ResolvedSecrets } from "./probe";
import { invalidValue, optionalText, requiredText } from "./secret-values";

const CA_KEYS = ["tls.crt", "ca.crt", "ca.pem"] as const;
const MAX_CERTIFICATES = 512;

/**
 * What `spec.tls` asks for, read as the exporter does: the bundle wins over the Secret, and of the Secret's keys the
 * first that is not empty counts. A Secret without any of them names no authority.
 * Throws `FailureError`: `InvalidConfiguration` (bundle), `SecretValueInvalid` (Secret).
 */
export function tlsTrust(sink: Sink, secrets: ResolvedSecrets): TlsTrust {
  const tls = sink.spec.tls;
  // The Secret may have been read although the sink, as it is probed, does not name it.
  const secret = tls?.caSecretRef && secrets.get(CA_FIELD);
  const ca = tls?.caBundle ? bundle(tls.caBundle) : secret && authoritiesIn(secret);
  return { ...(ca ? { ca } : {}), insecureSkipVerify: tls?.insecureSkipVerify === true };
}

/**
 * The system's authorities alone. Whatever shows the operator's own identity uses this: a sink must not choose who
 * receives it.
 */
export const SYSTEM_TRUST: TlsTrust = { insecureSkipVerify: false };

/** The client certificate of a Secret: keys `tls.crt` and `tls.key`, both or none. */
export function clientCertificate(secret: Secret): SecureOptions["clientCertificate"] {
  const key = optionalText(secret, ["tls.key"]);
  if (!key) return undefined;
  const cert = requiredText(secret, ["tls.crt"]);
  if (!certificatesIn(cert.text))
    throw invalidValue(secret, cert.key, "holds no PEM certificate that can be read");
  if (!isPrivateKey(key.text)) {
    throw invalidValue(secret, key.key, "holds no PEM private key that can be read without a passphrase");
  }
  return { cert: cert.text, key: key.text };
}

function bundle(base64: string): string {
  const pem = certificatesIn(Buffer.from(base64, "base64").toString("utf8"));
  if (pem) return pem;
  throw failed(
    "InvalidConfiguration",
    "spec.tls.caBundle holds no PEM certificate that can be read. Write the PEM text of the authority in base64.",
  );
}

function authoritiesIn(secret: Secret): string | undefined {
  const value = optionalText(secret, CA_KEYS);
  if (!value) return undefined;
  const pem = certificatesIn(value.text);
  if (!pem) throw invalidValue(secret, value.key, "holds no PEM certificate that can be read");
  return pem;
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/** The certificates of a PEM text and nothing else of it; undefined when there is none or one is broken. */
function certificatesIn(text: string): string | undefined {
  const blocks = text.split(BEGIN, MAX_CERTIFICATES + 2).slice(1);
  if (blocks.length === 0 || blocks.length > MAX_CERTIFICATES) return undefined;
  const pems = blocks.map((block) => `${BEGIN}${block.slice(0, Math.max(0, block.indexOf(END)))}${END}`);
  return pems.every(isCertificate) ? pems.join("\n") : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === "private";
  } catch {
    return false;
  }
}
