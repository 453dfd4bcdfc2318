import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Git's packet lines (gitprotocol-common(5)): four hexadecimal digits of length, then the payload.
 * Implemented here because a probe must distinguish a truncated answer from a complete one, and the same
 * answers arrive over HTTP and SSH.
 */
export type Packet = { readonly payload: Buffer } | "flush" | "delimiter" | "end";

/** Faults of an answer's form. */
export type PacketFault = "malformed" | "truncated" | "oversized" | "refused";

/** An answer that violates Git's protocol, or with `refused` the server's refusal in an `ERR` line. */
export class PacketError extends Error {
  override readonly name = "PacketError";

  constructor(readonly fault: PacketFault) {
    super(fault);
  }
}

/** Maximum size of an answer, which is never buffered: far above the largest lists of references (60 bytes each). */
export const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
/** gitprotocol-common(5): 65516 bytes of payload and the length. */
const MAX_PACKET_BYTES = 65_520;
const LENGTH_BYTES = 4;
/**
 * Number of packets after which other probes and their deadlines get a turn: a server can send a hundred thousand short
 * packets at once, and reading them takes no turn of the event loop.
 */
const PACKETS_PER_TURN = 2048;

/** Reads packets from chunks of any size. Rejects with {@link PacketError}, or with the source's error. */
export class PacketReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;
  #pending: Buffer = Buffer.alloc(0);
  #total = 0;
  #packets = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, maxBytes = MAX_ANSWER_BYTES) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  /** How many bytes have arrived. */
  get received(): number {
    return this.#total;
  }

  /** `end` only where an answer may end: between two packets. */
  async next(): Promise<Packet> {
    this.#packets += 1;
    if (this.#packets % PACKETS_PER_TURN === 0) await nextTurn();
    const head = await this.#take(LENGTH_BYTES);
    if (head === undefined) return "end";
    const digits = head.toString("latin1");
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new PacketError("malformed");
    const length = parseInt(digits, 16);
    if (length < LENGTH_BYTES) return special(length);
    if (length > MAX_PACKET_BYTES) throw new PacketError("malformed");
    const payload = await this.#take(length - LENGTH_BYTES);
    if (payload === undefined) throw new PacketError("truncated");
    if (payload.toString("latin1", 0, 4) === "ERR ") throw new PacketError("refused");
    return { payload };
  }

  /** The next payload as text without its line end; undefined at a flush or delimiter packet. */
  async line(): Promise<string | undefined> {
    const packet = await this.next();
    if (packet === "end") throw new PacketError("truncated");
    if (typeof packet === "string") return undefined;
    return packet.payload.toString("utf8").replace(/\n$/, "");
  }

  /** Reads the rest, up to a small limit. */
  async drain(): Promise<void> {
    const end = this.#total + MAX_PACKET_BYTES;
    for (let done: boolean | undefined = false; !done && this.#total < end; ) {
      const chunk = await this.#chunks.next();
      done = chunk.done;
      if (!chunk.done) this.#count(chunk.value.length);
    }
  }

  /** Undefined when the source ends exactly here. */
  async #take(length: number): Promise<Buffer | undefined> {
    const parts = [this.#pending];
    let have = this.#pending.length;
    while (have < length) {
      const { done, value } = await this.#chunks.next();
      if (done && have === 0 && length > 0) return undefined;
      if (done) throw new PacketError("truncated");
      have += value.length;
      this.#count(value.length);
      parts.push(Buffer.from(value));
    }
    const all = parts.length === 1 ? this.#pending : Buffer.concat(parts);
    this.#pending = all.subarray(length);
    return all.subarray(0, length);
  }

  #count(bytes: number): void {
    this.#total += bytes;
    if (this.#total > this.#maxBytes) throw new PacketError("oversized");
  }
}

/** The payload as a packet. */
export function packet(payload: string): string {
  return (Buffer.byteLength(payload) + LENGTH_BYTES).toString(16).padStart(LENGTH_BYTES, "0") + payload;
}

export const FLUSH = "0000";
export const DELIMITER = "0001";

function special(length: number): Packet {
  if (length === 0) return "flush";
  // 0002 ends an answer on a stateless connection; nothing here depends on it.
  if (length === 1 || length === 2) return "delimiter";
  throw new PacketError("malformed");
}
