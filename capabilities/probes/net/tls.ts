import { constants, X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as tlsConnect,
  DEFAULT_CIPHERS,
  rootCertificates,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { failed } from "../../domain/failure";
import type { TlsPeer } from "../../domain/outcome";
import { clean } from "../messages";
import type { SecureOptions } from "./dialler";
import { explained, type Where } from "./errors";
import { closedError, firstEvent, orDestroy } from "./sockets";

/** Starts TLS on a socket. Throws `FailureError` `InvalidConfiguration` for unusable certificates. */
export function startTls(socket: Socket, options: SecureOptions, where: Where): TLSSocket {
  try {
    const secured = tlsConnect({ ...tlsConnectOptions(options), socket });
    destroyThrough(socket, secured);
    return secured;
  } catch (error) {
    socket.destroy();
    throw failed(
      "InvalidConfiguration",
      `TLS with ${where.endpoint} cannot start: the sink's certificates or key are not usable. ` +
        "Check spec.tls and the keys tls.crt and tls.key of the sink's Secret.",
      error,
    );
  }
}

/**
 * Node's default without key exchange over a group that the server chooses: OpenSSL accepts up to 10,000 bits, which
 * block every probe of this process for seconds. Go's client, which the exporter uses, does not support it either.
 */
const CIPHERS = `${DEFAULT_CIPHERS}:!kDHE`;

/**
 * The options of `tls.connect` for these options.
 * A given CA replaces the system's, and may be an intermediate or the server's own certificate.
 */
export function tlsConnectOptions(options: SecureOptions): ConnectionOptions {
  const { servername, clientCertificate, alpn } = options;
  // RFC 6066 does not allow addresses in server_name; Node verifies `host` when there is no `servername`.
  const sendName = options.sendName !== false && isIP(servername) === 0;
  return {
    host: servername,
    // As in Go's client, which the exporter uses: a server could request handshakes endlessly.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ciphers: CIPHERS,
    ...(sendName ? { servername } : {}),
    rejectUnauthorized: !options.insecureSkipVerify,
    checkServerIdentity: options.verifyName === false ? () => undefined : checkName,
    ...(options.ca === undefined ? {} : { ca: options.ca, allowPartialTrustChain: true }),
    ...(clientCertificate ? { cert: clientCertificate.cert, key: clientCertificate.key } : {}),
    ...(alpn ? { ALPNProtocols: [...alpn] } : {}),
    ...(options.minVersion ? { minVersion: options.minVersion } : {}),
    ...(options.maxVersion ? { maxVersion: options.maxVersion } : {}),
  };
}

/**
 * Makes `destroy` of the socket beneath go through the TLS socket. Node 20 crashes (not throws) when the
 * one beneath is destroyed first and the TLS socket in the same turn of the event loop.
 */
function destroyThrough(socket: Socket, secured: TLSSocket): void {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    if (secured.destroyed) destroy(error);
    else secured.destroy(error);
    return socket;
  };
}

/**
 * Waits for the handshake and returns the peer; rejects with `FailureError` or the signal's reason, after destroying
 * the socket.
 */
export function handshake(
  socket: TLSSocket,
  options: Pick<SecureOptions, "ca">,
  where: Where,
  signal: AbortSignal,
): Promise<TlsPeer> {
  const failure = (error: unknown): Error => explained(error, where, signal, "TLS");
  return orDestroy(socket, signal, async () => {
    // Read in the same turn, because a socket that is destroyed has no certificate.
    const read = (): TlsPeer => tlsPeer(socket, options);
    const peer = await firstEvent(socket, "secureConnect", { signal, read, failure });
    // A listener that is added now would not be called.
    if (socket.destroyed) throw failure(socket.errored ?? closedError());
    return peer;
  });
}

/** As in Go, a certificate without subject alternative names is valid for no host, whatever its Common Name. */
function checkName(host: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname) return checkServerIdentity(host, certificate);
  const error = new Error("the certificate has no subject alternative name");
  return Object.assign(error, { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
}

/** The peer's certificate in DER; undefined when it has none or the socket is destroyed. */
export function certificateOf(socket: TLSSocket): Buffer | undefined {
  return (socket.getPeerCertificate() as { readonly raw?: Buffer } | null)?.raw;
}

/** The peer as status shows it; it has the certificate's issuer only where the chain is verified. */
function tlsPeer(socket: TLSSocket, { ca }: Pick<SecureOptions, "ca">): TlsPeer {
  // Not getPeerX509Certificate: in Node 20 it removes the certificate from the connection, and channel
  // binding needs it later.
  const raw = certificateOf(socket);
  const certificate = raw ? new X509Certificate(raw) : undefined;
  const notAfter = certificate ? new Date(certificate.validTo) : undefined;
  return {
    version: socket.getProtocol() ?? "unknown",
    ...issuerOf(socket, ca),
    ...(notAfter && !Number.isNaN(notAfter.getTime())
      ? { notAfter: notAfter.toISOString().replace(/\.\d+Z$/, "Z") }
      : {}),
  };
}

/**
 * The server chooses the issuer's name unless the chain is verified. With authorities from the sink it is shown
 * only if one of them has that name, because the owner of an authority may issue intermediates with any name.
 */
function issuerOf(socket: TLSSocket, ca: string | undefined): Pick<TlsPeer, "issuer"> {
  if (!socket.authorized) return {};
  const names = chainOf(socket).map(({ issuer }) => issuer);
  const known = ca === undefined ? undefined : namesIn(ca);
  const shown = known ? names.find((name) => known.has(name)) : names[0];
  return shown === undefined ? {} : { issuer: clean(shown.split("\n").join(", "), 256) };
}

function namesIn(ca: string): ReadonlySet<string> {
  const pems = ca.split(/(?<=-----END CERTIFICATE-----)/).filter((part) => part.includes("-----BEGIN"));
  const certificates = pems.map((pem) => new X509Certificate(pem));
  return new Set(certificates.flatMap(({ subject, issuer }) => [subject, issuer]));
}

const MAX_CHAIN = 10;
/** Parsed once, because parsing them all takes milliseconds. */
const publicRoots = once(() => rootCertificates.map((pem) => new X509Certificate(pem)));

/**
 * Whether a client that trusts only the public authorities would have trusted the peer: chain, dates and name. It makes
 * no further handshake and does not check key usages and name constraints.
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
    const issuer = chain.find((other) => other !== current && other.ca && isIssuedBy(current, other));
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
  let next: Partial<DetailedPeerCertificate> | null | undefined = socket.getPeerCertificate(true);
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
