import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Sink } from "../api/types";
import { failed } from "../domain/failure";
import type { Secret } from "../domain/ports";
import type { SecureOptions, TlsTrust } from "./net/dialler";
import type { ResolvedSecrets } from "./probe";
import { invalidValue, optionalValue, requiredValue } from "./secret-values";
import { CA_FIELD } from "./sink-spec";

const CA_KEYS = ["tls.crt", "ca.crt", "ca.pem"] as const;
const MAX_CERTIFICATES = 512;

/**
 * What `spec.tls` asks for. A bundle and a Secret add up, and so do the Secret's keys: one that cert-manager
 * wrote holds the server's certificate beside the authority's.
 * Throws `FailureError`: `InvalidConfiguration` (bundle), `SecretKeyMissing`, `SecretValueInvalid` (Secret).
 */
export function tlsTrust(sink: Sink, secrets: ResolvedSecrets): TlsTrust {
  const tls = sink.spec.tls;
  const secret = secrets.get(CA_FIELD);
  const pems = [
    ...(tls?.caBundle ? [bundle(tls.caBundle)] : []),
    ...(tls?.caSecretRef && secret ? authoritiesIn(secret) : []),
  ];
  return {
    ...(pems.length > 0 ? { ca: pems.join("\n") } : {}),
    insecureSkipVerify: tls?.insecureSkipVerify === true,
  };
}

/** The client certificate of a Secret: keys `tls.crt` and `tls.key`, both or none. */
export function clientCertificate(secret: Secret): SecureOptions["clientCertificate"] {
  const key = optionalValue(secret, ["tls.key"]);
  if (!key) return undefined;
  const cert = requiredValue(secret, ["tls.crt"]);
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

function authoritiesIn(secret: Secret): string[] {
  requiredValue(secret, CA_KEYS);
  return CA_KEYS.flatMap((key) => {
    const value = optionalValue(secret, [key]);
    if (!value) return [];
    const pem = certificatesIn(value.text);
    if (!pem) throw invalidValue(secret, key, "holds no PEM certificate that can be read");
    return [pem];
  });
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
