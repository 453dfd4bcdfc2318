import { ByteQueue } from "../../net/byte-queue";

/** A server's operation, reduced to what a probe uses. */
export type ServerOperation =
  /** The JSON text: servers repeat INFO, and a probe reads only the first. */
  | { readonly op: "INFO"; readonly text: string }
  | { readonly op: "ERR"; readonly text: string }
  | { readonly op: "MSG"; readonly subject: string; readonly status?: number; readonly payload: Buffer }
  | { readonly op: "PING" | "PONG" | "OK" };

/** The server's bytes are not NATS. */
export class MalformedOperation extends Error {
  override readonly name = "MalformedOperation";
}

/** Maximum length of a line: a cluster of thousands of servers lists them in INFO. */
const MAX_LINE_BYTES = 256 * 1024;
/**
 * Twice the longest list of 1,024 streams. Parsed into objects, an answer takes many times its bytes, and a megabyte of
 * it takes the event loop tenths of a second.
 */
const MAX_PAYLOAD_BYTES = 512 * 1024;
const LF = 0x0a;
const CRLF_BYTES = 2;

interface Header {
  readonly subject: string;
  readonly headerBytes: number;
  readonly bytes: number;
}

/**
 * Splits a server's bytes into operations; lines and payloads are bounded, and pieces are joined only when an
 * operation is complete. Source: the client protocol in NATS' documentation.
 */
export class Operations {
  private readonly bytes = new ByteQueue();
  private mayHoldLine = false;
  /** The message whose payload is not complete. */
  private message: Header | undefined;

  push(chunk: Buffer): void {
    this.bytes.push(chunk);
    this.mayHoldLine ||= chunk.includes(LF);
  }

  /** Number of bytes that are not part of an operation yet. */
  get rest(): number {
    return this.bytes.length;
  }

  /** The next operation, or undefined until more bytes arrive. Throws {@link MalformedOperation}. */
  next(): ServerOperation | undefined {
    if (this.message) return this.payload(this.message);
    const line = this.line();
    if (line === undefined) return undefined;
    const operation = parseLine(line);
    if (!("bytes" in operation)) return operation;
    this.message = operation;
    return this.payload(operation);
  }

  private line(): string | undefined {
    const end = this.mayHoldLine ? this.bytes.peek().indexOf(LF) : -1;
    if (end < 0) {
      this.mayHoldLine = false;
      if (this.bytes.length > MAX_LINE_BYTES) throw new MalformedOperation();
      return undefined;
    }
    if (end > MAX_LINE_BYTES) throw new MalformedOperation();
    return this.take(end + 1)
      .toString("utf8")
      .trimEnd();
  }

  private payload({ subject, headerBytes, bytes }: Header): ServerOperation | undefined {
    if (this.bytes.length < bytes + CRLF_BYTES) return undefined;
    this.message = undefined;
    const all = this.take(bytes + CRLF_BYTES);
    const [, digits] = /^NATS\/1\.0 (\d{3})/.exec(all.toString("latin1", 0, Math.min(headerBytes, 32))) ?? [];
    const payload = all.subarray(headerBytes, bytes);
    return { op: "MSG", subject, payload, ...(digits === undefined ? {} : { status: Number(digits) }) };
  }

  private take(bytes: number): Buffer {
    this.mayHoldLine = true;
    return this.bytes.take(bytes);
  }
}

type Parse = (rest: string) => Exclude<ServerOperation, { op: "MSG" }> | Header;

const PARSERS: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ["INFO", (rest) => ({ op: "INFO", text: objectText(rest) })],
  ["-ERR", (rest) => ({ op: "ERR", text: rest.replace(/^'|'$/g, "") })],
  ["PING", () => ({ op: "PING" })],
  ["PONG", () => ({ op: "PONG" })],
  ["+OK", () => ({ op: "OK" })],
  ["MSG", (rest) => messageHeader(1, rest)],
  ["HMSG", (rest) => messageHeader(2, rest)],
]);

function parseLine(line: string): ReturnType<Parse> {
  // In two steps: one expression for the whole line takes time with the square of its blanks.
  const name = /^[+-]?[A-Za-z]{2,4}(?=[ \t]|$)/.exec(line)?.[0] ?? "";
  const parse = PARSERS.get(name.toUpperCase());
  if (!parse) throw new MalformedOperation();
  return parse(line.slice(name.length).trimStart());
}

/** `subject sid [reply] [header bytes] bytes` */
function messageHeader(numbers: 1 | 2, rest: string): Header {
  const parts = rest.split(/[ \t]+/, 6);
  const [bytes, headerBytes] = [Number(parts.at(-1)), numbers === 2 ? Number(parts.at(-2)) : 0];
  const isPlausible =
    parts.length >= 2 + numbers &&
    parts.length <= 3 + numbers &&
    [bytes, headerBytes].every((each) => Number.isInteger(each) && each >= 0) &&
    bytes <= MAX_PAYLOAD_BYTES &&
    headerBytes <= bytes;
  if (!isPlausible) throw new MalformedOperation();
  return { subject: parts[0] ?? "", headerBytes, bytes };
}

/** As in Go, a server whose INFO is a list or a number uses another protocol. */
function objectText(text: string): string {
  if (!text.startsWith("{")) throw new MalformedOperation();
  return text;
}
