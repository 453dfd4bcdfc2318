import type { Socket } from "node:net";
import { failed, FailureError } from "../../../domain/failure";
import { netFailure, type Where } from "../../net/errors";
import { firstAnswer } from "../../net/sockets";
import { notPostgres } from "../stream";

/** Length 8, then the request code 1234.5679 (PostgreSQL manual, "SSL Session Encryption"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 0x53;
const NO = 0x4e;
const ERROR = 0x45;

/** Asks whether the server offers TLS on this connection. Rejects with `FailureError` or the signal's reason. */
export async function offersTls(socket: Socket, where: Where, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  socket.write(SSL_REQUEST);
  return firstAnswer(socket, {
    signal,
    read: (chunk) => readAnswer(chunk, where),
    failure: (error) => netFailure(error, where) ?? notPostgres(where.endpoint, error),
  });
}

function readAnswer(chunk: Buffer, { endpoint }: Where): boolean {
  const [answer] = chunk;
  if (answer === ERROR) throw refusedToTalk(endpoint);
  // A peer in between may have sent more than the one byte, to be read as if it had arrived through TLS.
  if (chunk.length > 1 || (answer !== YES && answer !== NO)) throw notPostgres(endpoint);
  return answer === YES;
}

/** The failure for a server without TLS when sslmode requires it. */
export function noTls(endpoint: string, mode: string): FailureError {
  return failed(
    "TLSFailed",
    `PostgreSQL at ${endpoint} does not offer TLS, which sslmode=${mode} asks for. ` +
      "Turn ssl on at the server, or choose another sslmode.",
  );
}

/** The server answered the request for TLS with an error. */
class NegotiationError extends Error {
  override readonly name = "NegotiationError";
}

/** Whether the server could not answer the request for TLS, so that a connection without TLS may still work. */
export function isNegotiationError(error: unknown): boolean {
  return error instanceof FailureError && error.cause instanceof NegotiationError;
}

function refusedToTalk(endpoint: string): FailureError {
  return failed(
    "ProtocolError",
    `PostgreSQL at ${endpoint} answered the question for TLS with an error. ` +
      "It may be too old for TLS or out of processes: see its log.",
    new NegotiationError(),
  );
}
