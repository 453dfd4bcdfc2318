import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import { ClusterError } from "../../../../capabilities/domain/cluster-error";
import type { Logger } from "../../../../capabilities/domain/ports";
import { systemClock, type Clock } from "../../../../capabilities/lib/clock";
import type { ApiRequest } from "../../../../capabilities/kube/http/client";
import type { Connection } from "../../../../capabilities/kube/http/connection";
import {
  createTransport,
  type Transport,
  type TransportOptions,
} from "../../../../capabilities/kube/http/transport";

/** One request as the peer got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The client's port: one for each connection. */
  readonly port: number;
}

export type Answer = (response: ServerResponse, received: Received, count: number) => void;

/** An HTTP server on loopback that answers as a test says, and remembers what it was asked. */
export interface Peer {
  readonly url: URL;
  readonly received: Received[];
  /** The most connections that were open at a time. */
  readonly mostConnections: number;
  stop(): Promise<void>;
}

export async function startPeer(answer: Answer): Promise<Peer> {
  const received: Received[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers, socket } = request;
      const body = Buffer.concat(chunks).toString();
      received.push({ method, path: url, headers, body, port: socket.remotePort ?? 0 });
      answer(response, received[received.length - 1] as Received, received.length);
    });
  });
  server.on("connection", (socket) => {
    open += 1;
    most = Math.max(most, open);
    socket.on("close", () => (open -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    received,
    get mostConnections() {
      return most;
    },
    stop: () => stop(server),
  };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
}

export function connectionTo(url: URL, credentials: Partial<Connection["credentials"]> = {}): Connection {
  return {
    server: url,
    tls: {},
    headers: {},
    credentials: { authorization: () => Promise.resolve(undefined), forget: () => undefined, ...credentials },
  };
}

export interface Setup {
  readonly peer: Peer;
  readonly transport: Transport;
  readonly clock: ReturnType<typeof fastClock>;
  readonly log: ReturnType<typeof memoryLog>;
}

/** A transport to an API server that answers so. Both are closed at the end of the test. */
export async function setUpTransport(
  answer: Answer,
  options: Partial<TransportOptions> = {},
  credentials: Partial<Connection["credentials"]> = {},
): Promise<Setup> {
  const peer = await startPeer(answer);
  const [clock, log] = [fastClock(50), memoryLog()];
  const connection = connectionTo(peer.url, credentials);
  const userAgent = "kollect-connection-test/1.2.3";
  const transport = createTransport({ connection, clock, log, userAgent, random: () => 0, ...options });
  onTestFinished(async () => {
    transport.close();
    await peer.stop();
  });
  return { peer, transport, clock, log };
}

export const GET: ApiRequest = { call: "get Secret shop/pg-dsn", method: "GET", path: "/api/v1/x" };

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

/** The error that a call must end with. */
export async function failure(promise: Promise<unknown>): Promise<ClusterError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClusterError);
  return error as ClusterError;
}

/** Real time that runs `factor` times as fast, so that waits of seconds can be waited for. */
export function fastClock(factor: number): Clock & { readonly slept: number[] } {
  const start = Date.now();
  const slept: number[] = [];
  const { sleep } = systemClock();
  return {
    slept,
    now: () => start + (Date.now() - start) * factor,
    sleep: (ms, signal) => {
      if (!signal?.aborted) slept.push(ms);
      return sleep(ms / factor, signal);
    },
  };
}

/** Keeps what is logged as text, to be searched. */
export function memoryLog(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
