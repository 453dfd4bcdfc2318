import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { createAuthority } from "./x509";

/** A server's key and certificate, and the authorities that sign it, each in PEM. */
export interface ServingCertificate {
  readonly key: string;
  readonly certificate: string;
  /** One or more certificates, the newest first. */
  readonly authorities: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Validity of a new certificate, in days. */
export const VALID_DAYS = 365;
/** A certificate is replaced when it expires within this many days. */
export const RENEW_DAYS = 120;
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * A certificate for a server with these DNS names, signed by a new authority. The authority's key is discarded, so
 * that it can never sign again. Authorities of `previous` stay trusted until they expire, because servers
 * use their old certificate until they have read the new one.
 */
export function issueCertificate(names: readonly string[], now: Date, previous = ""): ServingCertificate {
  const validity = {
    // One hour in the past, because the clocks of nodes differ.
    notBefore: new Date(now.getTime() - HOUR_MS),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY_MS),
  };
  // A unique name, because a verifier looks up the issuer by name.
  const authority = createAuthority(`Kollect connection test CA ${randomBytes(8).toString("hex")}`, validity);
  const { key, cert } = authority.issue({ names, ...validity });
  const authorities = [authority.cert.trim(), ...stillValid(previous, now)];
  return { key, certificate: cert, authorities: `${authorities.join("\n")}\n` };
}

/** Why this certificate must be replaced by a new one for these names, or undefined while it is valid. */
export function reasonToRenew(
  current: Partial<ServingCertificate>,
  names: readonly string[],
  now: Date,
): string | undefined {
  const { key, certificate: text, authorities } = current;
  if (!key || !text || !authorities) return "there is none yet";
  try {
    return faultOf({ key, certificate: text, authorities }, names, now);
  } catch (error: unknown) {
    return `it cannot be read (${error instanceof Error ? error.message : "no error given"})`;
  }
}

function faultOf(current: ServingCertificate, names: readonly string[], now: Date): string | undefined {
  const server = new X509Certificate(current.certificate);
  const authorities = (current.authorities.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
  const vouched = authorities.some(
    (authority) => server.checkIssued(authority) && server.verify(authority.publicKey),
  );
  if (!vouched) return "no authority in ca.crt has issued it";
  if (!server.checkPrivateKey(createPrivateKey(current.key))) return "its key belongs to another certificate";
  const missing = names.find((name) => server.checkHost(name) === undefined);
  if (missing !== undefined) return `it does not name ${missing}`;
  const left = Math.floor((Date.parse(server.validTo) - now.getTime()) / DAY_MS);
  return left < RENEW_DAYS ? `it ends in ${left} days` : undefined;
}

function stillValid(authorities: string, now: Date): string[] {
  const found = authorities.match(PEM) ?? [];
  return found.filter((pem) => Date.parse(new X509Certificate(pem).validTo) > now.getTime());
}
