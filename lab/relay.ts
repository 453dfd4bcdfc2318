import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { faultServer, type Fault } from "./faults";

/** What happens to a connection when the server's bytes are used up: closed, cut off, or forgotten. */
export type RelayEnd = "end" | "reset" | "silence";

export interface RelayOptions {
  /** How many of the server's bytes pass, counted over all connections; absent means all of them. */
  readonly bytes?: number;
  /** What happens then, to this connection and to every later one. */
  readonly then?: RelayEnd;
  /** Passes the server's bytes on one by one, each in a turn of its own. */
  readonly bytewise?: boolean;
}

export interface Relay extends Fault {
  /** How the server's bytes came, in order: the length of each piece. */
  pieces(): readonly number[];
}

/** Stands between a client and a real server, and stops at an exact byte of what the server says. */
export async function relay(
  target: { readonly host: string; readonly port: number },
  { bytes = Infinity, then = "end", bytewise = false }: RelayOptions = {},
): Promise<Relay> {
  const pieces: number[] = [];
  let left = bytes;
  const fault = await faultServer((client) => {
    if (left === 0) return finish(client, then);
    const server = connect({ ...target, noDelay: true });
    let passing: Promise<void> = Promise.resolve();
    server.on("data", (chunk: Buffer) => {
      pieces.push(chunk.length);
      const part = chunk.subarray(0, left);
      left -= part.length;
      const isLast = left === 0;
      passing = passing.then(async () => {
        await pass(client, part, bytewise);
        if (isLast) finish(client, then);
      });
    });
    client.on("data", (chunk: Buffer) => server.writable && server.write(chunk));
    client.on("close", () => server.destroy());
    server.on("error", () => client.destroy());
    server.on("close", () => void passing.then(() => left > 0 && client.end()));
  });
  return { ...fault, pieces: () => pieces };
}

async function pass(client: Socket, bytes: Buffer, bytewise: boolean): Promise<void> {
  if (!bytewise) {
    if (client.writable) client.write(bytes);
    return;
  }
  for (let at = 0; at < bytes.length && client.writable; at += 1) {
    client.write(bytes.subarray(at, at + 1));
    await turn();
  }
}

function finish(client: Socket, how: RelayEnd): void {
  client.resume();
  if (how === "end") client.end();
  if (how === "reset") client.resetAndDestroy();
}
