import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiGateway } from "../../../lab/api-gateway";
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
