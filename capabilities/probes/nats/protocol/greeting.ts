import type { Socket } from "node:net";
import { explained } from "../../net/errors";
import { firstAnswer } from "../../net/sockets";
import { jsonObject } from "../../json-object";
import { notNats, serverFailure, type NatsWhere } from "../errors";
import { Operations, type ServerOperation } from "./operations";

/** The used members of the INFO that a server sends first. */
export interface ServerInfo {
  readonly version?: string;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
  readonly tlsAvailable: boolean;
  /** Whether clients must send a certificate. */
  readonly tlsVerify: boolean;
  readonly headers: boolean;
  readonly nonce?: string;
}

export interface Greeting {
  readonly info: ServerInfo;
  /** Contains the bytes after the greeting. */
  readonly operations: Operations;
}

export interface GreetingOptions {
  readonly where: NatsWhere;
  readonly signal: AbortSignal;
  /** Time without data, in milliseconds, after which the result is undefined. Absent means to keep waiting. */
  readonly silentAfterMs?: number;
}

/**
 * Waits for the server's INFO, and leaves the socket paused. Rejects with `FailureError` or the signal's reason.
 */
export async function readGreeting(
  socket: Socket,
  { where, signal, silentAfterMs }: GreetingOptions,
): Promise<Greeting | undefined> {
  const operations = new Operations();
  const said = await firstAnswer<Greeting | "nothing">(socket, {
    signal,
    read: (chunk) => readInfo(operations, chunk, where),
    failure: (error) => explained(error, where, signal),
    ...(silentAfterMs === undefined ? {} : { silence: { afterMs: silentAfterMs, means: "nothing" } }),
  });
  return said === "nothing" ? undefined : said;
}

/** The greeting, or undefined until it is complete. */
function readInfo(operations: Operations, chunk: Buffer, where: NatsWhere): Greeting | undefined {
  operations.push(chunk);
  const first = operationIn(operations, where);
  return first && { info: infoOf(first, where), operations };
}

function operationIn(operations: Operations, where: NatsWhere): ServerOperation | undefined {
  try {
    return operations.next();
  } catch {
    throw notNats(where);
  }
}

function infoOf(first: ServerOperation, where: NatsWhere): ServerInfo {
  if (first.op === "ERR") throw serverFailure(first.text, where);
  const info = first.op === "INFO" ? jsonObject(first.text) : undefined;
  if (!info) throw notNats(where);
  const version = numbersOf(info.version);
  return {
    ...(version === undefined ? {} : { version }),
    authRequired: info.auth_required === true,
    tlsRequired: info.tls_required === true,
    tlsAvailable: info.tls_available === true,
    tlsVerify: info.tls_verify === true,
    headers: info.headers === true,
    ...(typeof info.nonce === "string" && info.nonce.length <= 256 ? { nonce: info.nonce } : {}),
  };
}

/** Only the numbers of a version, because the server chooses the rest. */
function numbersOf(version: unknown): string | undefined {
  return typeof version === "string" ? /^\d{1,4}(\.\d{1,4}){1,3}/.exec(version)?.[0] : undefined;
}
