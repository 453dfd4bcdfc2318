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
    return this.take(1).readInt8() !== 0;
  }

  int8(): number {
    return this.take(1).readInt8();
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  int32(): number {
    return this.take(4).readInt32BE();
  }

  /** A nullable string. */
  string(): string | null {
    const length = this.int16();
    return length === -1 ? null : this.take(length).toString("utf8");
  }

  /** Nullable bytes; null reads as empty. */
  data(): Buffer {
    const length = this.int32();
    return this.take(length === -1 ? 0 : length);
  }

  /** A nullable array; null reads as empty. */
  array<T>(read: (reader: Reader) => T): T[] {
    const length = this.int32();
    // No element is shorter than a byte, so an array with more elements than bytes is malformed.
    if (length < -1 || length > this.bytes.length - this.at) throw new MalformedAnswer();
    return Array.from({ length: Math.max(0, length) }, () => read(this));
  }

  private take(length: number): Buffer {
    if (length < 0 || length > this.bytes.length - this.at) throw new MalformedAnswer();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
