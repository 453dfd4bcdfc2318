import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { Worker } from "node:worker_threads";
import type { Issued } from "./pki";

/** A server on loopback that misbehaves in one way. */
export interface Fault {
  readonly host: string;
  readonly port: number;
  /** How many connections are open now. */
  open(): number;
  /** How many connections were ever made. */
  seen(): number;
  close(): Promise<void>;
}

export const LOOPBACK = "127.0.0.1";

/** A port where nothing listens. */
export async function refusedPort(): Promise<{ readonly host: string; readonly port: number }> {
  const server = createServer();
  const port = await listen(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return { host: LOOPBACK, port };
}

/**
 * A port whose queue of connections is full and never served, so that a connection is never made: what a
 * firewall that drops packets looks like. Needs Linux, where a full queue drops silently.
 */
export async function neverConnects(): Promise<Fault> {
  const worker = new Worker(FROZEN_SERVER, { eval: true });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", resolve);
  });
  const fillers = Array.from({ length: 4 }, () =>
    connect({ host: LOOPBACK, port }).on("error", () => undefined),
  );
  await sleep(100);
  return {
    host: LOOPBACK,
    port,
    open: () => 0,
    seen: () => 0,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

/** Listens with the shortest queue, then blocks its own event loop so that nothing is ever accepted. */
const FROZEN_SERVER = `
  const { createServer } = require("node:net");
  const { parentPort } = require("node:worker_threads");
  const server = createServer();
  server.listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    // In this turn of the event loop, before any connection could be accepted.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** Accepts and never answers. */
export function blackHole(): Promise<Fault> {
  return faultServer((socket) => void socket.resume());
}

/**
 * Accepts, reads the first bytes, and resets the connection.
 * @param atOnce without reading, for protocols in which the server speaks first
 */
export function resetter(atOnce = false): Promise<Fault> {
  return faultServer((socket) => {
    if (atOnce) setImmediate(() => socket.resetAndDestroy());
    else socket.once("data", () => socket.resetAndDestroy());
  });
}

/** Accepts and hangs up at once. */
export function hangUp(): Promise<Fault> {
  return faultServer((socket) => void socket.resume().end());
}

/** Sends one of the bytes at a time, forever. */
export function drip(bytes: Buffer = Buffer.from([0]), everyMs = 50): Promise<Fault> {
  return faultServer((socket) => {
    let at = 0;
    const timer = setInterval(() => {
      socket.write(bytes.subarray(at, at + 1));
      at = (at + 1) % bytes.length;
    }, everyMs);
    socket.resume();
    socket.on("close", () => clearInterval(timer));
  });
}

/** What a web server says to whom it does not understand. */
export const WEB_REFUSAL =
  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/** Answers the first bytes with a web server's refusal. */
export function otherProtocol(answer = WEB_REFUSAL): Promise<Fault> {
  return faultServer((socket) => void socket.once("data", () => socket.end(answer)));
}

/** Greets before it is asked, as mail and SSH servers do. */
export function greeter(banner = "220 mail.example ESMTP ready\r\n"): Promise<Fault> {
  return faultServer((socket) => {
    socket.write(banner);
    socket.resume();
  });
}

/**
 * Completes the TLS handshake and is silent from then on.
 * @param prelude what the protocol says before TLS begins, such as PostgreSQL's answer to SSLRequest
 */
export function silentAfterTls(
  identity: Issued,
  prelude?: (socket: Socket) => Promise<void>,
): Promise<Fault> {
  return faultServer((socket) => {
    void (prelude?.(socket) ?? Promise.resolve()).then(() => {
      const secured = new TLSSocket(socket, { isServer: true, ...identity });
      secured.on("error", () => socket.destroy());
      secured.resume();
    });
  });
}

export interface ProxyOptions {
  /** Delay of every chunk in either direction. */
  readonly latencyMs?: number;
  /** Resets both sides when the server has sent this many bytes. */
  readonly cutAfterBytes?: number;
  /** Stops passing on, but stays open, when the server has sent this many bytes. */
  readonly stallAfterBytes?: number;
}

/** A proxy in front of a real server. */
export function proxy(
  target: { readonly host: string; readonly port: number },
  options: ProxyOptions,
): Promise<Fault> {
  return faultServer((client) => {
    const upstream = connect({ ...target, noDelay: true });
    let sent = 0;
    const pass = (to: Socket, chunk: Buffer): void =>
      void setTimeout(() => to.writable && to.write(chunk), options.latencyMs ?? 0);
    upstream.on("data", (chunk) => {
      sent += chunk.length;
      if (sent > (options.cutAfterBytes ?? Infinity)) client.resetAndDestroy();
      else if (sent <= (options.stallAfterBytes ?? Infinity)) pass(client, chunk);
    });
    client.on("data", (chunk) => pass(upstream, chunk));
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
}

/** A server that hands each connection to `serve` and can close all of them. */
export async function faultServer(serve: (socket: Socket) => void): Promise<Fault> {
  const sockets = new Set<Socket>();
  let seen = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    seen += 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    serve(socket);
  });
  const port = await listen(server);
  return {
    host: LOOPBACK,
    port,
    open: () => sockets.size,
    seen: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}
