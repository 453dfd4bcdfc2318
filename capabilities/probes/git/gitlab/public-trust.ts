import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { rootCertificates, type DetailedPeerCertificate, type TLSSocket } from "node:tls";

const MAX_CHAIN = 16;

/**
 * Whether a client with nothing but the public authorities would trust the server of a connection, however the
 * connection itself was verified. False also when that cannot be told.
 * @param roots the public authorities, in PEM
 */
export function isPubliclyTrusted(
  socket: TLSSocket | undefined,
  host: string,
  roots: readonly string[] = rootCertificates,
): boolean {
  const chain = socket ? chainOf(socket) : [];
  const [leaf] = chain;
  if (!leaf || !isFor(leaf, host)) return false;
  return chain.every(isCurrent) && leadsToRoot(leaf, chain, roots);
}

/** The server's certificate and those that it sent or that were found for it. */
function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw && chain.length < MAX_CHAIN) {
    chain.push(new X509Certificate(next.raw));
    // A root is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}

function isFor(leaf: X509Certificate, host: string): boolean {
  const found = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: "never" });
  return found !== undefined;
}

function isCurrent({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

function leadsToRoot(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  roots: readonly string[],
): boolean {
  const authorities = roots.map((pem) => new X509Certificate(pem));
  let at = leaf;
  for (let steps = 0; steps < MAX_CHAIN; steps += 1) {
    if (authorities.some((root) => isIssuedBy(at, root))) return true;
    const issuer = chain.find((other) => other !== at && other.ca && isIssuedBy(at, other));
    if (!issuer) return false;
    at = issuer;
  }
  return false;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
