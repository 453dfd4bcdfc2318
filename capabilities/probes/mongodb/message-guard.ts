import { DOCUMENT_START, isAnswerCode } from "./wire";

/** Far above a hello with 150 hosts and every answer during a login. A message is read in one turn of the event loop. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/**
 * Far above every other answer; the rights of a user with many roles are the longest. Parsed into objects, a message
 * takes many times its bytes.
 */
export const MAX_LONG_MESSAGE_BYTES = 1024 * 1024;
const HEADER_BYTES = 16;
/** A document is its length, its elements and a zero byte. */
const MIN_DOCUMENT_BYTES = 5;

/**
 * Splits a server's bytes into whole messages of exactly one document; a probe requests no others.
 * Any error means that the server is not MongoDB. Source: MongoDB manual, "MongoDB Wire Protocol".
 */
export class MessageGuard {
  #data: Buffer = Buffer.alloc(1024);
  #filled = 0;
  #maxBytes = MAX_MESSAGE_BYTES;

  /** @param maxBytes size of the longest next message; absent means the default */
  expect(maxBytes: number = MAX_MESSAGE_BYTES): void {
    this.#maxBytes = maxBytes;
  }

  /** The messages that are complete with this chunk. */
  accept(chunk: Buffer): Buffer[] {
    this.#append(chunk);
    const messages: Buffer[] = [];
    for (let length = this.#nextLength(); length <= this.#filled; length = this.#nextLength()) {
      messages.push(checked(Buffer.from(this.#data.subarray(0, length))));
      this.#data.copyWithin(0, length, this.#filled);
      this.#filled -= length;
    }
    return messages;
  }

  /** Doubles the buffer, because a message may come in thousands of pieces. */
  #append(chunk: Buffer): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#data.length) {
      const larger = Buffer.alloc(Math.max(needed, 2 * this.#data.length));
      this.#data.copy(larger, 0, 0, this.#filled);
      this.#data = larger;
    }
    chunk.copy(this.#data, this.#filled);
    this.#filled = needed;
  }

  /** Length of the message that is being received; beyond the data while it is not known. */
  #nextLength(): number {
    if (this.#filled < 4) return Infinity;
    const length = this.#data.readInt32LE(0);
    if (length < HEADER_BYTES || length > this.#maxBytes) throw new Error("implausible message length");
    return length;
  }
}

function checked(message: Buffer): Buffer {
  const opCode = message.readInt32LE(12);
  if (!isAnswerCode(opCode)) throw new Error("unexpected kind of message");
  const start = DOCUMENT_START[opCode];
  if (message.length < start + MIN_DOCUMENT_BYTES) throw new Error("message without a document");
  const isSingle = opCode === 1 ? message.readInt32LE(32) === 1 : isPlainSection(message);
  if (!isSingle || message.readInt32LE(start) !== message.length - start) {
    throw new Error("not exactly one document");
  }
  return message;
}

/** Whether a message has no checksum, is the last one, and has a body as its only section. */
function isPlainSection(message: Buffer): boolean {
  return message.readInt32LE(HEADER_BYTES) === 0 && message[HEADER_BYTES + 4] === 0;
}
