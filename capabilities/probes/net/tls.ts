import { X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as tlsConnect,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { failed } from "../../domain/failure";
import type { TlsPeer } from "../../domain/outcome";
import { clean } from "../messages";
import type { SecureOptions } from "./dialler";
import { explained, type Where } from "./errors";
import { firstEvent, orDestroy } from "./sockets";

/** Puts TLS on a socket. Throws `FailureError` `InvalidConfiguration` for certificates that cannot be used. */
export function startTls(socket: Socket, options: SecureOptions, where: Where): TLSSocket {
  try {
    const secured = tlsConnect({ ...tlsConnectOptions(options), socket });
    destroyThrough(socket, secured);
    return secured;
  } catch (error) {
    socket.destroy();
    throw failed(
      "InvalidConfiguration",
      `TLS with ${where.endpoint} cannot start: the certificates or key that the sink gives are not usable. ` +
        "Check spec.tls and the keys tls.crt and tls.key of the sink's Secret.",
      error,
    );
  }
}

/**
 * What `tls.connect` needs for these options.
 * A given CA replaces the system's, and may be an intermediate or the server's own certificate.
 */
export function tlsConnectOptions(options: SecureOptions): ConnectionOptions {
  const { servername, clientCertificate, alpn } = options;
  // RFC 6066 knows no addresses in server_name; Node verifies `host` when there is no `servername`.
  const sendName = options.sendName !== false && isIP(servername) === 0;
  return {
    host: servername,
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

/** Waits for the handshake; rejects with `FailureError` or the signal's reason, and destroys the socket then. */
export async function handshake(socket: TLSSocket, where: Where, signal: AbortSignal): Promise<void> {
  await orDestroy(socket, signal, () =>
    firstEvent(socket, "secureConnect", {
      signal,
      read: () => true,
      failure: (error) => explained(error, where, signal, "TLS"),
    }),
  );
}

/** As Go does it: a certificate without subject alternative names is for no host, whatever its Common Name says. */
function checkName(host: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname) return checkServerIdentity(host, certificate);
  const error = new Error("the certificate has no subject alternative name");
  return Object.assign(error, { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
}

/** The peer as status shows it. */
export function tlsPeer(socket: TLSSocket): TlsPeer {
  // Not getPeerX509Certificate: Node 20 takes the certificate out of the connection with it, and channel
  // binding needs it later.
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer };
  const certificate = raw ? new X509Certificate(raw) : undefined;
  const notAfter = certificate ? new Date(certificate.validTo) : undefined;
  return {
    version: socket.getProtocol() ?? "unknown",
    ...(certificate ? { issuer: clean(certificate.issuer.split("\n").join(", "), 256) } : {}),
    ...(notAfter && !Number.isNaN(notAfter.getTime())
      ? { notAfter: notAfter.toISOString().replace(/\.\d+Z$/, "Z") }
      : {}),
  };
}
