import { Agent as HttpAgent, type ClientRequestArgs } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { Dialler, SecureOptions, TlsTrust } from "./dialler";

export interface AgentOptions extends TlsTrust {
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

export interface GuardedAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Closes idle connections; call it when the probe is over. */
  destroy(): void;
}

type Connected = (error: Error | null, socket?: Duplex) => void;

/**
 * Agents for HTTP clients whose connections all go through the dialler, for first requests, redirects and
 * retries, so that the address policy applies to every hop. Connections are kept for the requests of one
 * probe. No proxy variables are read. A failed connection ends its request with a `FailureError`.
 */
export function createAgents(dialler: Dialler, trust: AgentOptions): GuardedAgents {
  const keep = { keepAlive: true, maxSockets: 4 };
  const http = new HttpAgent(keep);
  const https = new HttpsAgent(keep);

  overrideConnection(http, (options, done) => {
    handOver(dialler.connect(targetOf(options, 80)), done);
  });
  overrideConnection(https, (options, done) => {
    const target = targetOf(options, 443);
    const secured = dialler
      .connect(target)
      .then((socket) => dialler.secure(socket, { ...trust, servername: target.host, alpn: ["http/1.1"] }));
    handOver(secured, done);
  });
  return {
    http,
    https,
    destroy: () => {
      http.destroy();
      https.destroy();
    },
  };
}

/** Node's types declare only the synchronous form; the documented form with a callback is used here. */
export function overrideConnection(
  agent: HttpAgent,
  connect: (options: ClientRequestArgs | RequestOptions, done: Connected) => void,
): void {
  (agent as unknown as { createConnection: typeof connect }).createConnection = connect;
}

function handOver(connection: Promise<Duplex>, done: Connected): void {
  connection.then(
    (socket) => done(null, socket),
    (error: unknown) => done(error as Error),
  );
}

function targetOf(
  options: ClientRequestArgs | RequestOptions,
  defaultPort: number,
): { host: string; port: number } {
  const host = (options.host ?? options.hostname ?? "").replace(/^\[|\]$/g, "");
  return { host, port: Number(options.port ?? defaultPort) };
}
