import type { Document } from "mongodb";
import { deserialize, onDemand, serialize } from "bson";

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** Offset of a message's only document: after OP_REPLY's fields, and OP_MSG's flags and kind byte. */
export const DOCUMENT_START = { [OP_REPLY]: HEADER_BYTES + 20, [OP_MSG]: HEADER_BYTES + 5 } as const;
export type AnswerCode = keyof typeof DOCUMENT_START;

/** The allowed kinds of a server's messages; a probe requests no others, and no compression. */
export function isAnswerCode(opCode: number): opCode is AnswerCode {
  return opCode === OP_REPLY || opCode === OP_MSG;
}

/** A command in the form for every supported version. Source: MongoDB manual, "MongoDB Wire Protocol". */
export function commandMessage(id: number, database: string, command: Document): Buffer {
  const flagsAndKind = Buffer.alloc(5);
  return framed(id, OP_MSG, [flagsAndKind, serialize({ ...command, $db: database })]);
}

/** The first request on a connection, before the server's version is known. */
export function firstMessage(id: number, command: Document): Buffer {
  const flags = Buffer.alloc(4);
  const skipNoneReturnOne = Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  return framed(id, OP_QUERY, [flags, Buffer.from("admin.$cmd\0"), skipNoneReturnOne, serialize(command)]);
}

export interface WireAnswer {
  /** ID of the request. */
  readonly to: number;
  readonly document: Document;
}

/** The server's regular expressions are not compiled, which would take long and have no use. */
const READ = { bsonRegExp: true };

/**
 * Parses a message from `MessageGuard`. Throws the BSON parser's error for a malformed document, and an error for one
 * that would take long to parse.
 */
export function readAnswer(message: Buffer): WireAnswer {
  const start = DOCUMENT_START[message.readInt32LE(12) as AnswerCode];
  const bytes = message.subarray(start);
  checkElements(bytes);
  return { to: message.readInt32LE(8), document: deserialize(bytes, READ) };
}

/** Maximum number of elements in all documents of an answer; honest ones have about 20 bytes each. */
const MAX_ELEMENTS = 60_000;
/** Maximum number of members of one document: a name that occurs for the first time takes the longest. */
const MAX_MEMBERS = 1000;
/** MongoDB's own limit is 100 for documents, and some more for its answers. */
const MAX_DEPTH = 250;

const DOCUMENT = 0x03;
const ARRAY = 0x04;
const CODE_WITH_SCOPE = 0x0f;

/** Throws for a document whose parts are too many or too deep; takes a fraction of the time of parsing it. */
function checkElements(bytes: Uint8Array): void {
  let count = 0;
  function check(start: number, depth: number, maxMembers: number): void {
    const elements = [...onDemand.parseToElements(bytes, start)];
    count += elements.length;
    if (count > MAX_ELEMENTS || elements.length > maxMembers || depth > MAX_DEPTH) {
      throw new Error("too many or too deep elements");
    }
    for (const [type, , , offset] of elements) {
      if (type === DOCUMENT) check(offset, depth + 1, MAX_MEMBERS);
      else if (type === ARRAY) check(offset, depth + 1, MAX_ELEMENTS);
      // Its scope follows its length and its code, which has a length too.
      else if (type === CODE_WITH_SCOPE)
        check(offset + 8 + sizeAt(bytes, offset + 4), depth + 1, MAX_MEMBERS);
    }
  }
  check(0, 0, MAX_MEMBERS);
}

function sizeAt(bytes: Uint8Array, offset: number): number {
  return onDemand.NumberUtils.getNonnegativeInt32LE(bytes, offset);
}

function framed(id: number, opCode: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(id, 4);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, body]);
}
