import { gzipSync } from "node:zlib";

/** One file of an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

const BLOCK = 512;
/** Offset and length of the checksum in a header. */
const CHECKSUM = { at: 148, length: 8 } as const;

/** A tar.gz (POSIX ustar) of files with short names; the same files give the same bytes. */
export function tarGz(files: readonly ArchiveFile[]): Buffer {
  const parts = files.flatMap((file) => [
    header(file),
    Buffer.from(file.content),
    padding(file.content.length),
  ]);
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]), { level: 9 });
}

function header({ name, content, mode }: ArchiveFile): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long for a name in an archive`);
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  octal(block, mode, { at: 100, length: 8 });
  octal(block, 0, { at: 108, length: 8 });
  octal(block, 0, { at: 116, length: 8 });
  octal(block, content.length, { at: 124, length: 12 });
  octal(block, 0, { at: 136, length: 12 });
  block.fill(" ", CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  octal(block, sum, { at: CHECKSUM.at, length: 7 });
  return block;
}

function octal(block: Buffer, value: number, { at, length }: { at: number; length: number }): void {
  block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK);
}
