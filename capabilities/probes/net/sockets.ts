import type { Socket } from "node:net";

export interface FirstEvent<Argument, T> {
  readonly signal: AbortSignal;
  /** Interprets an event; undefined means to wait for the next one. An error that it throws is the rejection. */
  readonly read: (argument: Argument) => T | undefined;
  /** The rejection for a socket that failed or was closed. */
  readonly failure: (error: unknown) => Error;
  /** Result if the first event does not come within `afterMs` milliseconds; absent means to keep waiting. */
  readonly silence?: { readonly afterMs: number; readonly means: T };
}

/** Waits for a server's first data, and leaves the socket paused. Rejects as {@link firstEvent} does. */
export function firstAnswer<T>(socket: Socket, options: FirstEvent<Buffer, T>): Promise<T> {
  const answer = firstEvent(socket, "data", options);
  socket.resume();
  return answer;
}

/**
 * Waits for an event of a socket. Rejects with the error of `read`, with `failure`, or with the signal's reason.
 * Listeners and timer are removed when it settles, and no data is lost: a flowing socket is paused in the same turn.
 */
export function firstEvent<Argument, T>(
  socket: Socket,
  event: "data" | "secureConnect",
  { signal, read, failure, silence }: FirstEvent<Argument, T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    function finish(settle: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      socket.off(event, onEvent);
      socket.off("error", onError);
      socket.off("close", onClose);
      if (event === "data") socket.pause();
      settle();
    }
    function onAbort(): void {
      finish(() => reject(signal.reason as Error));
    }
    function onEvent(argument: Argument): void {
      clearTimeout(timer);
      try {
        const value = read(argument);
        if (value !== undefined) finish(() => resolve(value));
      } catch (error) {
        finish(() => reject(error as Error));
      }
    }
    function onError(error: unknown): void {
      finish(() => reject(failure(error)));
    }
    function onClose(): void {
      onError(closedError());
    }
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on(event, onEvent);
    socket.once("error", onError);
    socket.once("close", onClose);
    if (silence) timer = setTimeout(() => finish(() => resolve(silence.means)), silence.afterMs);
  });
}

/**
 * Runs work on a connected socket, and destroys the socket when the work fails. Rejects as the work does, or with
 * the signal's reason when that has aborted.
 */
export async function orDestroy<T>(socket: Socket, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}

/** The error for a peer that closes the connection instead of answering, with a code that the tables have. */
export function closedError(): Error {
  return Object.assign(new Error("closed by the peer"), { code: "ECONNRESET" });
}
