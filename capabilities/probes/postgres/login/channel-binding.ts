import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { failed, FailureError } from "../../../domain/failure";
import { certificateOf } from "../../net/tls";
import type { PostgresWhere } from "../words";

/** The end of a certificate signed with Ed25519 or Ed448: algorithm, then a bit string of the signature's length. */
const EDWARDS = [
  { end: Buffer.from("300506032b6570034100", "hex"), signatureBytes: 64 },
  { end: Buffer.from("300506032b6571037300", "hex"), signatureBytes: 114 },
] as const;

/**
 * Whether SCRAM's channel binding is defined for the server's certificate (RFC 5929, section 4.1); true without TLS.
 * For Edwards curves it is not: pgx then reports to the server that it supports no binding, which a server that offers
 * binding treats as an attack and refuses. Tried with pgx 5.10 and PostgreSQL 18.
 */
export function hasBinding(socket: Socket): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  const raw = certificateOf(socket);
  return !(raw && hasEdwardsSignature(raw));
}

function hasEdwardsSignature(certificate: Buffer): boolean {
  return EDWARDS.some(({ end, signatureBytes }) => {
    const start = certificate.length - signatureBytes - end.length;
    return start > 0 && certificate.subarray(start, start + end.length).equals(end);
  });
}

/** The login cannot be finished with this certificate. */
class BindingError extends Error {
  override readonly name = "BindingError";
}

/** The failure for a server that offers channel binding with a certificate for which it is not defined. */
export function noBinding({ endpoint, plan }: PostgresWhere): FailureError {
  return failed(
    "UnsupportedAuthMechanism",
    `The certificate of ${endpoint} is signed with Ed25519 or Ed448, for which SCRAM's channel binding is not defined. ` +
      `Add channel_binding=disable in the key ${plan.source.key} of Secret ${plan.source.secret}, or use an RSA or ECDSA certificate.`,
    new BindingError(),
  );
}

/** Whether the login failed for its channel binding, which a connection without TLS does not have. */
export function isBindingError(error: unknown): boolean {
  return error instanceof FailureError && error.cause instanceof BindingError;
}
