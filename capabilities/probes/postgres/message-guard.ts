/** Far above every message that a probe causes; notices and errors are the longest. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_TOTAL_BYTES = 1024 * 1024;
/** Far above the rows of every answer; a table has at most 1,600 columns. pg keeps an object for each message. */
const MAX_MESSAGES = 10_000;
/** Far above the columns of every query. pg makes each row an object with all columns, however short its message is. */
const MAX_COLUMNS = 64;
const HEADER_BYTES = 5;

const ERROR_RESPONSE = 0x45;
const NOTICE_RESPONSE = 0x4e;
const AUTHENTICATION = 0x52;
const BACKEND_KEY_DATA = 0x4b;
const ROW_DESCRIPTION = 0x54;
const DATA_ROW = 0x44;

/** Message types that a server may send to a probe (PostgreSQL manual, "Message Formats"). */
const EXPECTED = new Set([..."RKSZENTDC123nstIvA"].map((letter) => letter.charCodeAt(0)));

/** Splits a server's bytes into whole, plausible messages. Any error means that the server is not PostgreSQL. */
export class MessageGuard {
  #pending: Buffer = Buffer.alloc(0);
  #total = 0;
  #messages = 0;
  /** Number of columns that the last description of rows has; no row comes before one. */
  #columns: number | undefined;

  /** The messages that are complete with this chunk. */
  accept(chunk: Buffer): Buffer[] {
    this.#total += chunk.length;
    if (this.#total > MAX_TOTAL_BYTES) throw new Error("too much data");
    const data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    for (let end = endOfMessage(data, at); end <= data.length; end = endOfMessage(data, at)) {
      messages.push(this.#checked(data.subarray(at, end)));
      at = end;
    }
    this.#pending = data.subarray(at);
    return messages;
  }

  #checked(message: Buffer): Buffer {
    this.#messages += 1;
    if (this.#messages > MAX_MESSAGES) throw new Error("too many messages");
    if (message[0] === ROW_DESCRIPTION) this.#columns = columnsIn(message);
    if (message[0] === DATA_ROW && columnsIn(message) !== this.#columns) throw new Error("unexpected row");
    return checked(message);
  }
}

/** The number at the beginning of a row and of its description. */
function columnsIn(message: Buffer): number {
  const columns = message.length < HEADER_BYTES + 2 ? Infinity : message.readUInt16BE(HEADER_BYTES);
  if (columns > MAX_COLUMNS) throw new Error("too many columns");
  return columns;
}

/** The end of the message at `start`; beyond the data while its header is not complete. */
function endOfMessage(data: Buffer, start: number): number {
  const type = data[start];
  if (type !== undefined && !EXPECTED.has(type)) throw new Error("unexpected message type");
  if (start + HEADER_BYTES > data.length) return Infinity;
  const length = data.readUInt32BE(start + 1);
  if (length < 4 || length > MAX_MESSAGE_BYTES) throw new Error("implausible message length");
  return start + 1 + length;
}

function checked(message: Buffer): Buffer {
  const type = message[0];
  if ((type === ERROR_RESPONSE || type === NOTICE_RESPONSE) && !hasWholeFields(message)) {
    throw new Error("malformed error or notice");
  }
  if ((type === AUTHENTICATION || type === BACKEND_KEY_DATA) && message.length < HEADER_BYTES + 4) {
    throw new Error("message too short");
  }
  return message;
}

/** Fields are a type byte and a zero-terminated text each; a zero byte ends the list and the message. */
function hasWholeFields(message: Buffer): boolean {
  let at = HEADER_BYTES;
  while (at < message.length && message[at] !== 0) {
    const end = message.indexOf(0, at + 1);
    if (end < 0) return false;
    at = end + 1;
  }
  return at === message.length - 1;
}
