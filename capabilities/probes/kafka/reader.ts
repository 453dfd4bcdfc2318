/** The server's bytes do not match its own lengths. */
export class MalformedAnswer extends Error {
  override readonly name = "MalformedAnswer";
}

/**
 * Reads an answer whose lengths a hostile server may have chosen: it reads and allocates nothing beyond the
 * answer's bytes. Throws {@link MalformedAnswer}.
 */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  boolean(): boolean {
    return this.int8() !== 0;
  }

  // Numbers are read in place: a view of the bytes for each would take longer than all else.
  int8(): number {
    return this.bytes.readInt8(this.pass(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.pass(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.pass(4));
  }

  /** A nullable string. */
  string(): string | null {
    const length = this.int16();
    if (length === -1) return null;
    const start = this.pass(length);
    return length === 0 ? "" : this.bytes.toString("utf8", start, this.at);
  }

  /** Nullable bytes; null reads as empty. */
  data(): Buffer {
    const length = this.int32();
    return this.bytes.subarray(this.pass(length === -1 ? 0 : length), this.at);
  }

  /**
   * A nullable array; null reads as empty.
   * @param most number of elements beyond which the answer is malformed
   */
  array<T>(read: (reader: Reader) => T, most: number = Infinity): T[] {
    // No element is shorter than a byte.
    const length = this.length(1);
    if (length > most) throw new MalformedAnswer();
    const items: T[] = [];
    while (items.length < length) items.push(read(this));
    return items;
  }

  /** Number of elements of an array, whose elements of this size are skipped. */
  count(elementBytes: number): number {
    const length = this.length(elementBytes);
    this.pass(length * elementBytes);
    return length;
  }

  /** Length of an array, whose elements fit into the rest of the answer. */
  private length(elementBytes: number): number {
    const length = this.int32();
    if (length < -1 || length * elementBytes > this.bytes.length - this.at) throw new MalformedAnswer();
    return Math.max(0, length);
  }

  /** Passes over bytes, and returns where they start. */
  private pass(length: number): number {
    if (length < 0 || length > this.bytes.length - this.at) throw new MalformedAnswer();
    this.at += length;
    return this.at - length;
  }
}
