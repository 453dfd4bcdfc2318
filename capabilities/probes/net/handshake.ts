import type { Socket } from "node:net";
import { connect as tlsConnect, type TLSSocket } from "node:tls";
import { failed } from "../../domain/failure";
import type { SecureOptions } from "./dialler";
import { explained, type Where } from "./errors";
import { tlsConnectOptions } from "./tls-options";

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
export function handshake(socket: TLSSocket, where: Where, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    function finish(settle: () => void): void {
      signal.removeEventListener("abort", onAbort);
      socket.off("secureConnect", onSecure);
      socket.off("error", onError);
      socket.off("close", onClose);
      settle();
    }
    function onAbort(): void {
      socket.destroy();
      finish(() => reject(signal.reason as Error));
    }
    function onSecure(): void {
      finish(resolve);
    }
    function onError(error: unknown): void {
      socket.destroy();
      finish(() => reject(explained(error, where, signal, "TLS")));
    }
    function onClose(): void {
      onError(Object.assign(new Error("closed during the TLS handshake"), { code: "ECONNRESET" }));
    }
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", onSecure);
    socket.once("error", onError);
    socket.once("close", onClose);
  });
}
