import { Agent as HttpAgent, type OutgoingHttpHeaders } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Connection } from "./connection";
import { exchange, type RawResponse } from "./exchange";

/**
 * One call. It may be sent more than once, so it must be idempotent; every call of the operator is,
 * because writes carry preconditions.
 */
export interface ApiRequest {
  /** Description for errors and logs: `get Secret default/pg-dsn`. Names only, never a value. */
  readonly call: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  /** `application/json` when absent. */
  readonly contentType?: string;
  readonly body?: unknown;
  /** Maximum size of the response, in bytes. */
  readonly maxBytes?: number;
  /** Statuses other than 2xx that the caller handles itself; all others reject. */
  readonly judged?: readonly number[];
  /** Whether 409 is retried: the API server returns it when it loses an internal race for a patch. */
  readonly retryConflict?: boolean;
}

/** Sends one request over the pool, once. */
export interface Client {
  /** Rejects as {@link exchange} does. */
  send(request: ApiRequest, signal: AbortSignal): Promise<RawResponse>;
  /** Closes every socket; requests in flight fail. */
  close(): void;
}

export interface ClientOptions {
  readonly connection: Connection;
  readonly userAgent: string;
  readonly maxSockets: number;
  /** Maximum idle time of a socket during a request, including connecting, in milliseconds. */
  readonly silenceMs: number;
}

/** Below the API server's own 90 s, so that the client always closes an idle connection first, without a race. */
const IDLE_SOCKET_MS = 60_000;
/** Twice the largest object that etcd accepts by default. */
const MAX_BYTES = 3 * 1024 * 1024;

/** The pool of keep-alive connections; the framework's own client would open one for every call. */
export function createClient({ connection, userAgent, maxSockets, silenceMs }: ClientOptions): Client {
  const { server, tls, headers, credentials } = connection;
  const secure = server.protocol === "https:";
  const pool = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: IDLE_SOCKET_MS };
  const agent = secure ? new HttpsAgent({ ...pool, ...tls }) : new HttpAgent(pool);
  // There is only one server. The default name contains the whole CA bundle and is built several times per request.
  agent.getName = () => server.host;
  const address = {
    agent,
    host: server.hostname.replace(/^\[|\]$/g, ""),
    port: server.port || (secure ? 443 : 80),
    timeout: silenceMs,
  };
  const prefix = server.pathname.replace(/\/$/, "");

  return {
    send: async (request, signal) => {
      const body = request.body === undefined ? undefined : JSON.stringify(request.body);
      const authorization = await credentials.authorization();
      const sent: OutgoingHttpHeaders = {
        accept: "application/json",
        "user-agent": userAgent,
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : bodyHeaders(request, body)),
      };
      const options = { ...address, method: request.method, path: prefix + request.path, headers: sent };
      const maxBytes = request.maxBytes ?? MAX_BYTES;
      return exchange({ options, secure, maxBytes, ...(body === undefined ? {} : { body }) }, signal);
    },
    close: () => agent.destroy(),
  };
}

function bodyHeaders(request: ApiRequest, body: string): Record<string, string> {
  return {
    "content-type": request.contentType ?? "application/json",
    "content-length": String(Buffer.byteLength(body)),
  };
}
