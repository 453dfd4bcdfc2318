/** Pieces shorter than this are merged: a peer may send single bytes, and each piece takes a hundred bytes itself. */
const SMALL_BYTES = 4096;
const BLOCK_BYTES = 64 * 1024;

/**
 * Queue of a connection's received bytes. Small pieces are copied into blocks when they arrive; larger ones
 * are joined only when they are read.
 */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;
  /** The block at the end of the pieces, up to its filled length; the rest is free for small ones. */
  #block: { readonly room: Buffer; filled: number } | undefined;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    if (chunk.length >= SMALL_BYTES) {
      this.#block = undefined;
      this.#pieces.push(chunk);
    } else this.#append(chunk);
  }

  #append(chunk: Buffer): void {
    let block = this.#block;
    if (!block || block.filled + chunk.length > block.room.length) {
      // As large as the bytes received so far, because most answers are short.
      const size = Math.min(Math.max(SMALL_BYTES, this.#length), BLOCK_BYTES);
      block = this.#block = { room: Buffer.allocUnsafeSlow(size), filled: 0 };
      this.#pieces.push(block.room);
    }
    chunk.copy(block.room, block.filled);
    block.filled += chunk.length;
    this.#pieces[this.#pieces.length - 1] = block.room.subarray(0, block.filled);
  }

  /** All bytes, which stay in the queue. */
  peek(): Buffer {
    const [first] = this.#pieces;
    const joined = first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    this.#block = undefined;
    return joined;
  }

  /** Removes the first bytes; `count` is at most {@link length}. */
  take(count: number): Buffer {
    const all = this.peek();
    const rest = all.subarray(count);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(0, count);
  }
}
