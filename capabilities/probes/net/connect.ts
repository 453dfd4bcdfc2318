import { connect, type Socket } from "node:net";
import type { PinnedAddress } from "./dialler";
import { codeOf } from "./errors";

/** Delay before an attempt at the next address starts in parallel (RFC 8305, section 8). */
const NEXT_ADDRESS_MS = 250;

/** The most specific error first: a refusal proves that a host exists, a missing route proves nothing. */
const TELLING = ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"];

/**
 * Connects to the first address that answers. Earlier attempts continue while later ones start, so a slow host
 * is not abandoned for a dead one. Rejects with the most specific of the addresses' errors, or with the
 * signal's reason; in either case no attempt is left running.
 */
export function connectFirst(
  addresses: readonly PinnedAddress[],
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const running = new Set<Socket>();
    const errors: unknown[] = [];
    let next = 0;
    let timer: NodeJS.Timeout | undefined;

    function finish(settle: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      for (const socket of running) socket.destroy();
      running.clear();
      settle();
    }
    function onAbort(): void {
      finish(() => reject(signal.reason as Error));
    }
    function onError(socket: Socket, error: unknown): void {
      if (!running.delete(socket)) return;
      errors.push(error);
      if (next < addresses.length) startNext();
      else if (running.size === 0) finish(() => reject(mostTelling(errors)));
    }
    function startNext(): void {
      clearTimeout(timer);
      const pinned = addresses[next++];
      if (!pinned) return;
      const socket = connect({ host: pinned.address, family: pinned.family, port, noDelay: true });
      running.add(socket);
      socket.on("error", (error) => onError(socket, error));
      socket.once("connect", () => {
        if (!running.delete(socket)) return;
        finish(() => resolve(socket));
      });
      if (next < addresses.length) timer = setTimeout(startNext, NEXT_ADDRESS_MS);
    }

    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    startNext();
  });
}

function mostTelling(errors: readonly unknown[]): Error {
  const rank = (error: unknown): number => {
    const index = TELLING.indexOf(codeOf(error) ?? "");
    return index < 0 ? TELLING.length : index;
  };
  return [...errors].sort((a, b) => rank(a) - rank(b))[0] as Error;
}
