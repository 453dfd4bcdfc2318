import type { Socket } from "node:net";
import type { Cause } from "../../api/vocabulary";
import { failed, FailureError } from "../../domain/failure";
import { seconds } from "../messages";
import { withTimeout } from "../../lib/abort";
import type { SecureOptions } from "../net/dialler";
import { handshake, startTls } from "../net/tls";
import type { NatsWhere } from "./errors";

/** Causes of a failed handshake that show that the server uses TLS. */
const SPOKE_TLS: ReadonlySet<Cause | undefined> = new Set<Cause>([
  "TLSUntrusted",
  "TLSNameMismatch",
  "TLSExpired",
  "AuthenticationFailed",
]);

export interface Silence {
  readonly where: NatsWhere;
  readonly signal: AbortSignal;
  /** How long the server sent nothing, and how long it may take to answer a handshake, in milliseconds. */
  readonly waitMs: number;
  readonly tls: SecureOptions;
}

/**
 * The failure for a server that sends no INFO. One with `handshake_first` waits for the client's TLS handshake, while
 * the exporter's client waits for INFO until it times out after 2 s. A handshake distinguishes the two cases.
 */
export async function silentFailure(socket: Socket, silence: Silence): Promise<Error> {
  const { where, signal, waitMs } = silence;
  const { endpoint } = where;
  if (await speaksTls(socket, silence)) {
    return failed(
      "TLSFailed",
      `NATS at ${endpoint} sends INFO only after the TLS handshake (handshake_first), and the exporter waits for INFO first. ` +
        "Set handshake_first to auto, or remove it from the server's tls block.",
    );
  }
  signal.throwIfAborted();
  return failed(
    "TimedOut",
    `${endpoint} accepted the connection and sent nothing for ${seconds(2 * waitMs)}, where a NATS server sends INFO. ` +
      "Use the port for clients, 4222 by default: those for monitoring (8222) and WebSocket wait for HTTP. Or check " +
      "the server's load.",
  );
}

async function speaksTls(socket: Socket, { where, signal, waitMs, tls }: Silence): Promise<boolean> {
  const tooLate = (): Error => failed("TimedOut", "the handshake was not answered");
  try {
    const secured = startTls(socket, tls, where);
    // A late error without a listener would end the process.
    secured.on("error", () => undefined);
    await withTimeout(signal, waitMs, tooLate, (limited) => handshake(secured, tls, where, limited));
    return true;
  } catch (error) {
    return error instanceof FailureError && SPOKE_TLS.has(error.failure.cause);
  }
}
