import type { Document } from "mongodb";
import { deserialize, serialize } from "bson";

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** Where the one document of a message begins: behind OP_REPLY's fields, and OP_MSG's flags and kind byte. */
export const DOCUMENT_START = { [OP_REPLY]: HEADER_BYTES + 20, [OP_MSG]: HEADER_BYTES + 5 } as const;
export type AnswerCode = keyof typeof DOCUMENT_START;

/** What a server sends may be an answer of these kinds only: nothing else was asked for, compression neither. */
export function isAnswerCode(opCode: number): opCode is AnswerCode {
  return opCode === OP_REPLY || opCode === OP_MSG;
}

/** A command as every supported version takes it. Source: MongoDB manual, "MongoDB Wire Protocol". */
export function commandMessage(id: number, database: string, command: Document): Buffer {
  const flagsAndKind = Buffer.alloc(5);
  return framed(id, OP_MSG, [flagsAndKind, serialize({ ...command, $db: database })]);
}

/** The first question of a connection, before the server's version is known. */
export function firstMessage(id: number, command: Document): Buffer {
  const flags = Buffer.alloc(4);
  const skipNoneReturnOne = Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  return framed(id, OP_QUERY, [flags, Buffer.from("admin.$cmd\0"), skipNoneReturnOne, serialize(command)]);
}

export interface WireAnswer {
  /** Id of the question. */
  readonly to: number;
  readonly document: Document;
}

/** Reads a message that `MessageGuard` let through. Throws what the BSON parser says of a malformed document. */
export function readAnswer(message: Buffer): WireAnswer {
  const start = DOCUMENT_START[message.readInt32LE(12) as AnswerCode];
  return { to: message.readInt32LE(8), document: deserialize(message.subarray(start)) };
}

function framed(id: number, opCode: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(id, 4);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, body]);
}
