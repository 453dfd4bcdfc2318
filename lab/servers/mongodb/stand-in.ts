import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { BSON, type Document } from "mongodb";
import { faultServer, type Fault } from "../../faults";
import type { Issued } from "../../pki";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;

/** A command as it came, with the name of the database that it is for. */
export interface Asked {
  readonly name: string;
  readonly command: Document;
  /** The connection that it came by, to tell clients apart. */
  readonly connection: object;
}

/** Answers a command; undefined leaves it without an answer, bytes are sent as they are. */
export type Answer = (asked: Asked) => Document | Buffer | undefined;

export interface StandInOptions {
  readonly tls?: Issued;
  /** Authorities of client certificates, which are asked for then. */
  readonly clientCa?: string;
}

/** What {@link startStandIn} started. */
export interface StandIn extends Fault {
  /** Names of the commands that were asked so far, in order. */
  asked(): readonly string[];
}

/**
 * Speaks MongoDB's wire protocol and answers what a test says. It stands in where no server that runs here can
 * be brought to the answer: replica sets, mongos, authentication by certificate, privileges.
 */
export async function startStandIn(answer: Answer, options: StandInOptions = {}): Promise<StandIn> {
  const asked: string[] = [];
  const fault = await faultServer((socket) => {
    serve(secured(socket, options), (question) => {
      asked.push(question.name);
      return answer(question);
    });
  });
  return { ...fault, asked: () => asked };
}

/** The whole of an OP_MSG with this document, as the answer to the first question. */
export function message(document: Document): Buffer {
  return framed(OP_MSG, 0, Buffer.concat([Buffer.alloc(5), BSON.serialize(document)]));
}

/** The whole of an OP_REPLY, which is how servers answer the first question of a connection. */
export function reply(document: Document, answeredId = 0): Buffer {
  const fields = Buffer.alloc(20);
  fields.writeInt32LE(8, 0);
  fields.writeInt32LE(1, 16);
  return framed(OP_REPLY, answeredId, Buffer.concat([fields, BSON.serialize(document)]));
}

function secured(socket: Socket, { tls, clientCa }: StandInOptions): Socket {
  if (!tls) return socket;
  const client = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const stream = new TLSSocket(socket, { isServer: true, ...tls, ...client });
  stream.on("error", () => socket.destroy());
  return stream;
}

function serve(stream: Socket, answer: Answer): void {
  let pending = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const length = pending.readInt32LE(0);
      respond(stream, pending.subarray(0, length), answer);
      pending = pending.subarray(length);
    }
  });
}

function respond(stream: Socket, question: Buffer, answer: Answer): void {
  const id = question.readInt32LE(4);
  const isQuery = question.readInt32LE(12) === OP_QUERY;
  const command = BSON.deserialize(
    question.subarray(isQuery ? endOfQueryFields(question) : HEADER_BYTES + 5),
  );
  const answered = answer({ name: Object.keys(command)[0] ?? "", command, connection: stream });
  if (answered === undefined) return;
  if (Buffer.isBuffer(answered)) stream.write(answered);
  else if (isQuery) stream.write(reply(answered, id));
  else {
    stream.write(framed(OP_MSG, id, Buffer.concat([Buffer.alloc(5), BSON.serialize(answered)])));
  }
}

/** Behind flags, the zero-terminated name of the collection, and two numbers. */
function endOfQueryFields(question: Buffer): number {
  return question.indexOf(0, HEADER_BYTES + 4) + 1 + 8;
}

function framed(opCode: number, answeredId: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(answeredId, 8);
  header.writeInt32LE(opCode, 12);
  return Buffer.concat([header, body]);
}
