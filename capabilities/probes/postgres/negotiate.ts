import type { Socket } from "node:net";
import { failed, type FailureError } from "../../domain/failure";
import { netFailure, type Where } from "../net/errors";
import { notPostgres } from "./stream";

/** Length 8, then the request code 1234.5679 (PostgreSQL manual, "SSL Session Encryption"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 0x53;
const NO = 0x4e;
const ERROR = 0x45;

/** Asks whether the server speaks TLS on this connection. Rejects with `FailureError` or the signal's reason. */
export function offersTls(socket: Socket, { endpoint, host }: Where, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    function finish(settle: () => void): void {
      signal.removeEventListener("abort", onAbort);
      socket.off("data", onData);
      socket.off("error", onError);
      socket.off("close", onClose);
      socket.pause();
      settle();
    }
    function onAbort(): void {
      finish(() => reject(signal.reason as Error));
    }
    function onData(chunk: Buffer): void {
      // More than the one byte was sent by somebody in between, to be read as if it came through TLS.
      const answer = chunk.length === 1 ? chunk[0] : chunk[0] === ERROR ? ERROR : undefined;
      if (answer === YES || answer === NO) finish(() => resolve(answer === YES));
      else finish(() => reject(answer === ERROR ? refusedToTalk(endpoint) : notPostgres(endpoint)));
    }
    function onError(error: unknown): void {
      finish(() => reject(netFailure(error, { endpoint, host }) ?? notPostgres(endpoint, error)));
    }
    function onClose(): void {
      onError(Object.assign(new Error("closed"), { code: "ECONNRESET" }));
    }
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("data", onData);
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.write(SSL_REQUEST);
    socket.resume();
  });
}

/** The server said no while sslmode insists on TLS. */
export function noTls(endpoint: string, mode: string): FailureError {
  return failed(
    "TLSFailed",
    `PostgreSQL at ${endpoint} does not offer TLS, which sslmode=${mode} asks for. ` +
      "Turn ssl on at the server, or choose another sslmode.",
  );
}

function refusedToTalk(endpoint: string): FailureError {
  return failed(
    "ProtocolError",
    `PostgreSQL at ${endpoint} answered the question for TLS with an error. ` +
      "It may be too old for TLS or out of processes: see its log.",
  );
}
