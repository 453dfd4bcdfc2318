import type { Document } from "mongodb";
import { scramRounds } from "../net/key-derivation";

/**
 * Above every setting in use (MongoDB's default is 15,000). A hostile server could otherwise keep a
 * thread of the pool busy for minutes, which no signal can end.
 */
export const MAX_ITERATIONS = 1_000_000;

/** A server's SCRAM message that must not be answered. */
export class ScramRefused extends Error {
  override readonly name = "ScramRefused";
}

/**
 * Checks a server's first message (RFC 5802, section 5.1) before the driver answers it. The driver neither
 * bounds the iterations nor compares the nonce. Returns the iterations; throws {@link ScramRefused}.
 */
export function checkScramStart(question: Document, answer: Document): number {
  const nonce = attributes(textOf(question.payload)).get("r");
  const text = textOf(answer.payload);
  const iterations = scramRounds(text);
  if (iterations === undefined) throw new ScramRefused("another form");
  const server = attributes(text);
  const combined = server.get("r") ?? "";
  if (nonce === undefined || !combined.startsWith(nonce) || combined.length <= nonce.length) {
    throw new ScramRefused("the nonce is not ours");
  }
  if (iterations < 4096 || iterations > MAX_ITERATIONS) {
    throw new ScramRefused("implausible number of iterations");
  }
  return iterations;
}

/** `n,,n=user,r=…` or `r=…,s=…,i=…`; a user name has no comma in it here. */
function attributes(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(",").map((item): [string, string] => [item.slice(0, 1), item.slice(2)]);
  return new Map(pairs);
}

function textOf(payload: unknown): string {
  return bytesOf(payload).toString("utf8");
}

/** BSON's Binary, as the driver sends and receives it. */
function bytesOf(payload: unknown): Buffer {
  if (payload instanceof Uint8Array) return Buffer.from(payload);
  if (typeof payload !== "object" || payload === null || !("buffer" in payload)) return Buffer.alloc(0);
  const { buffer } = payload;
  const position = "position" in payload && typeof payload.position === "number" ? payload.position : 0;
  return buffer instanceof Uint8Array ? Buffer.from(buffer.subarray(0, position)) : Buffer.alloc(0);
}
