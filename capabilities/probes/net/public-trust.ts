import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { rootCertificates, type DetailedPeerCertificate, type TLSSocket } from "node:tls";

const MAX_CHAIN = 10;
/** To read them all takes milliseconds, so it is done once. */
const publicRoots = once(() => rootCertificates.map((pem) => new X509Certificate(pem)));

/**
 * Whether a client that knows the public authorities alone would have trusted the peer: chain, dates and name. No
 * further handshake is made; key usages and name constraints are not looked at.
 * @param trusted the authorities, unless they are the public ones
 */
export function isPubliclyTrusted(
  socket: TLSSocket,
  host: string,
  trusted: readonly X509Certificate[] = publicRoots(),
): boolean {
  const chain = chainOf(socket);
  const [leaf] = chain;
  if (!leaf || !namesHost(leaf, host)) return false;
  let current = leaf;
  for (let depth = 0; depth < MAX_CHAIN; depth += 1) {
    if (!isValidNow(current)) return false;
    if (trusted.some((root) => isIssuedBy(current, root))) return true;
    const issuer = chain.find((other) => other !== current && isIssuedBy(current, other));
    if (!issuer) return false;
    current = issuer;
  }
  return false;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  while (next?.raw && chain.length < MAX_CHAIN) {
    const certificate = new X509Certificate(next.raw);
    if (chain.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) break;
    chain.push(certificate);
    next = next.issuerCertificate;
  }
  return chain;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValidNow({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

function namesHost(leaf: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return leaf.checkIP(host) !== undefined;
  return leaf.checkHost(host, { subject: "never" }) !== undefined;
}
