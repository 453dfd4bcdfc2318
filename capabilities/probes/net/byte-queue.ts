/** Bytes of a connection in the order in which they came. Pieces are joined only when they are looked at. */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
  }

  /** All bytes, which stay in the queue. */
  peek(): Buffer {
    const [first] = this.#pieces;
    const joined = first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  /** Removes the first bytes; `count` is at most {@link length}. */
  take(count: number): Buffer {
    const all = this.peek();
    const rest = all.subarray(count);
    this.#pieces = [rest];
    this.#length = rest.length;
    return all.subarray(0, count);
  }
}
