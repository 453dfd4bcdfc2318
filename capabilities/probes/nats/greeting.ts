import type { Socket } from "node:net";
import { explained } from "../net/errors";
import { notNats, serverFailure, type NatsWhere } from "./errors";
import { Operations, type ServerOperation } from "./operations";

/** What a server says of itself before anything else, as far as a probe cares. */
export interface ServerInfo {
  readonly version?: string;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
  readonly tlsAvailable: boolean;
  readonly headers: boolean;
  readonly nonce?: string;
}

export interface Greeting {
  readonly info: ServerInfo;
  /** Holds what came behind the greeting. */
  readonly operations: Operations;
}

export interface GreetingOptions {
  readonly where: NatsWhere;
  readonly signal: AbortSignal;
  /** Silence of this many milliseconds is an answer too: undefined. Absent means to wait on. */
  readonly silentAfterMs?: number;
}

/**
 * Waits for the server's INFO, and leaves the socket paused. Rejects with `FailureError` or the signal's reason.
 */
export function readGreeting(socket: Socket, options: GreetingOptions): Promise<Greeting | undefined> {
  const { where, signal, silentAfterMs } = options;
  const operations = new Operations();
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    function finish(settle: () => void): void {
      clearTimeout(timer);
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
      clearTimeout(timer);
      try {
        operations.push(chunk);
        const first = operations.next();
        if (first) finish(() => resolve({ info: infoOf(first, where), operations }));
      } catch (error) {
        finish(() =>
          reject(error instanceof Error && error.name === "FailureError" ? error : notNats(where)),
        );
      }
    }
    function onError(error: unknown): void {
      finish(() => reject(explained(error, where, signal)));
    }
    function onClose(): void {
      onError(Object.assign(new Error("closed before the greeting"), { code: "ERR_SOCKET_CLOSED" }));
    }
    if (signal.aborted) return reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("data", onData);
    socket.once("error", onError);
    socket.once("close", onClose);
    if (silentAfterMs !== undefined)
      timer = setTimeout(() => finish(() => resolve(undefined)), silentAfterMs);
    socket.resume();
  });
}

function infoOf(first: ServerOperation, where: NatsWhere): ServerInfo {
  if (first.op === "ERR") throw serverFailure(first.text, where);
  if (first.op !== "INFO" || typeof first.info !== "object" || first.info === null) throw notNats(where);
  const info = first.info as Readonly<Record<string, unknown>>;
  const version = numbersOf(info.version);
  return {
    ...(version === undefined ? {} : { version }),
    authRequired: info.auth_required === true,
    tlsRequired: info.tls_required === true,
    tlsAvailable: info.tls_available === true,
    headers: info.headers === true,
    ...(typeof info.nonce === "string" && info.nonce.length <= 256 ? { nonce: info.nonce } : {}),
  };
}

/** Only numbers: whatever else stands in a version is the server's own words. */
function numbersOf(version: unknown): string | undefined {
  return typeof version === "string" ? /^\d{1,4}(\.\d{1,4}){1,3}/.exec(version)?.[0] : undefined;
}
