import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { TlsPeer } from "../../domain/outcome";
import { clean } from "../messages";
import type { SecureOptions } from "./dialler";

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
    ...(options.verifyName === false ? { checkServerIdentity: () => undefined } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca, allowPartialTrustChain: true }),
    ...(clientCertificate ? { cert: clientCertificate.cert, key: clientCertificate.key } : {}),
    ...(alpn ? { ALPNProtocols: [...alpn] } : {}),
    ...(options.minVersion ? { minVersion: options.minVersion } : {}),
    ...(options.maxVersion ? { maxVersion: options.maxVersion } : {}),
  };
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
