import { ByteQueue } from "../net/byte-queue";

/** Far above every answer that does not list a topic's partitions; a frame is read in one turn of the event loop. */
const MAX_FRAME_BYTES = 64 * 1024;
const SIZE_BYTES = 4;
/** A frame holds at least its correlation id. */
const MIN_FRAME_BYTES = 4;
/** Record type 21 (alert) of TLS 1.x, which a TLS port sends to a plain-text peer. */
const TLS_ALERT = Buffer.from([0x15, 0x03]);

/** Collects bytes into frames. Keeps at most one frame, and joins its pieces once. */
export class Frames {
  readonly #bytes = new ByteQueue();
  #needed: number | undefined;
  #maxBytes = MAX_FRAME_BYTES;

  /** @param maxBytes size of the longest next frame; absent means the default */
  expect(maxBytes: number = MAX_FRAME_BYTES): void {
    this.#maxBytes = maxBytes;
  }

  /** Returns the peer's protocol when it is not Kafka's. */
  push(chunk: Buffer): "tls" | "other" | undefined {
    this.#bytes.push(chunk);
    if (this.#needed === undefined && this.#bytes.length >= SIZE_BYTES) {
      const head = this.#bytes.peek();
      const size = head.readInt32BE();
      if (head.subarray(0, TLS_ALERT.length).equals(TLS_ALERT)) return "tls";
      if (size < MIN_FRAME_BYTES || size > this.#maxBytes) return "other";
      this.#needed = SIZE_BYTES + size;
    }
    // There is one request at a time, so bytes after its answer were not requested.
    return this.#needed !== undefined && this.#bytes.length > this.#needed ? "other" : undefined;
  }

  /** The frame without its size, once it is complete. */
  next(): Buffer | undefined {
    if (this.#needed === undefined || this.#bytes.length < this.#needed) return undefined;
    const frame = this.#bytes.take(this.#needed).subarray(SIZE_BYTES);
    this.#needed = undefined;
    return frame;
  }
}
