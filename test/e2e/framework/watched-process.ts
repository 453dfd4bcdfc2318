import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiGateway, Asked } from "../../../lab/api-gateway";
import { waitUntil } from "../../../lab/control-plane/wait";
import { createAuthority } from "../../../lab/pki";
import type { Answer } from "../../../lab/operator/operator-endpoint";

/** A process of the framework, ours or one without patches, as these tests see it. */
export interface WatchedProcess {
  /** Of loopback. */
  readonly port: number;
  /** Standard output and standard error so far, from the start of the process. */
  log(): string;
  answer(path: string): Promise<Answer>;
  restart(): Promise<void>;
  /** Where its certificate and key are read from. */
  readonly certificateFolder: string;
  /** Between it and the API server. */
  readonly gateway: ApiGateway;
}

/** The lines of JSON in a log. */
export function linesOf(log: string): Readonly<Record<string, unknown>>[] {
  return log.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return []; // the last one, still being written
    }
  });
}

/** What the framework logs, at debug level, of the watch events of objects with this name. */
export function eventsIn(log: string, phase: "ADDED" | "MODIFIED" | "DELETED", name: string): object[] {
  return linesOf(log).filter(
    ({ msg, metadata }) =>
      msg === `Watch event ${phase} received` && (metadata as { name?: string } | undefined)?.name === name,
  );
}

/**
 * What the framework asks for of a kind, up to its next watch: the names of each request's parameters that have a value.
 * Begins after the requests that its gateway has given out.
 */
export async function parametersUntilWatch({ gateway }: WatchedProcess, plural: string): Promise<string[][]> {
  const asked: Asked[] = [];
  const what = `a watch of ${plural}`;
  return waitUntil({ what, timeoutMs: 60_000, intervalMs: 200 }, () => {
    const taken = gateway.taken().filter(({ path }) => path.endsWith(`/${plural}`));
    // The operator itself asks for one object, to learn whether the kind is served.
    asked.push(...taken.filter(({ query }) => query.get("limit") !== "1"));
    const end = asked.findIndex(({ watch }) => watch) + 1;
    return Promise.resolve(
      end > 0
        ? asked.slice(0, end).map(({ query }) => [...query.keys()].filter((name) => query.get(name) !== ""))
        : undefined,
    );
  });
}

/** How many of two requests on one connection are answered when so much time passes between them. */
export async function answersAroundAPause({ port }: WatchedProcess, pauseMs: number): Promise<number> {
  const socket = await dial(port);
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => undefined); // how the end of a connection shows does not matter, only the answers
  for (const pause of [pauseMs, 1_000]) {
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await sleep(pause);
  }
  socket.destroy();
  return text.split("HTTP/1.1 200").length - 1;
}

/** SHA-256 of the certificate that a new connection is shown. Then asks for something, as the kubelet's probes do. */
export async function servedFingerprint({ port }: WatchedProcess): Promise<string> {
  const socket = await dial(port);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  return fingerprint256;
}

/** Puts a new certificate where the process reads its own; returns what puts the old one back. */
export function renewCertificate({ certificateFolder }: WatchedProcess): () => void {
  const files = ["tls.key", "tls.crt"].map((name) => join(certificateFolder, name));
  const before = files.map((file) => readFileSync(file));
  const { key, cert } = createAuthority().issue({ names: ["localhost"] });
  const write = (contents: readonly (string | Buffer)[]): void =>
    files.forEach((file, index) => writeFileSync(file, contents[index] ?? ""));
  write([key, cert]);
  return () => write(before);
}

/** What vouches for the certificate is no matter here: it changes. */
async function dial(port: number): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return socket;
}
