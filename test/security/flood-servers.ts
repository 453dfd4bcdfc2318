import { once } from "node:events";
import type { Socket } from "node:net";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { faultServer, type Fault } from "../../lab/faults";

/** A peer that sends without end. */
export interface Flood {
  readonly what: string;
  readonly type: SinkType;
  /** Sent first: at once, or after the client's first bytes. */
  readonly begin?: string | Buffer;
  readonly waits?: boolean;
  /** Sent again and again. */
  readonly again: string | Buffer;
  /** Does not read what the client answers. */
  readonly isDeaf?: boolean;
}

const CHUNK_BYTES = 64 * 1024;

/** Listens and floods every connection, as fast as the client takes it and never faster. */
export function floodServer({ begin = "", waits = false, again, isDeaf = false }: Flood): Promise<Fault> {
  const unit = Buffer.from(again);
  const chunk = Buffer.concat(new Array<Buffer>(Math.ceil(CHUNK_BYTES / unit.length)).fill(unit));
  return faultServer((socket) => void flood(socket, { begin: Buffer.from(begin), waits, chunk, isDeaf }));
}

async function flood(
  socket: Socket,
  { begin, waits, chunk, isDeaf }: { begin: Buffer; waits: boolean; chunk: Buffer; isDeaf: boolean },
): Promise<void> {
  try {
    if (waits) await once(socket, "data");
    if (isDeaf) socket.pause();
    else socket.resume();
    if (begin.length > 0) socket.write(begin);
    while (socket.writable) {
      if (socket.write(chunk)) await new Promise(setImmediate);
      else await Promise.race([once(socket, "drain"), once(socket, "close")]);
    }
  } catch {
    // The client ended the connection, which is what the tests are about.
  }
}

const INFO = 'INFO {"server_id":"a","version":"2.10.0","proto":1,"max_payload":1048576,"headers":true}\r\n';
const ADVERTISEMENT = "HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n\r\n";
const JSON_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
const WEB_TYPES = ["git", "gitlab", "s3", "gcs", "bigquery"] as const;

function postgresMessage(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, "latin1")]);
}

function bytesLe(...numbers: readonly number[]): Buffer {
  return Buffer.from(new Int32Array(numbers).buffer);
}

/** A message that answers no question: `{}` as an OP_MSG. */
const MONGODB_MESSAGE = Buffer.concat([
  bytesLe(26, 1, 0, 2013, 0),
  Buffer.from([0]),
  bytesLe(5),
  Buffer.from([0]),
]);

/** What floods a client of each protocol, and what makes it answer without end. */
export const FLOODS: readonly Flood[] = [
  { what: "pings and does not read", type: "nats", begin: INFO, again: "PING\r\n", isDeaf: true },
  { what: "pings", type: "nats", begin: INFO, again: "PING\r\n" },
  { what: "sends a greeting without end", type: "nats", begin: 'INFO {"a":"', again: "x" },
  { what: "repeats its greeting", type: "nats", begin: INFO, again: INFO },
  {
    what: "sends messages that were not asked for",
    type: "nats",
    begin: INFO,
    again: "MSG a.b 1 5\r\nhello\r\n",
  },
  {
    what: "asks for the password again and again and does not read",
    type: "postgres",
    waits: true,
    again: postgresMessage("R", "\0\0\0\x03"),
    isDeaf: true,
  },
  {
    what: "sends notices",
    type: "postgres",
    waits: true,
    again: postgresMessage("N", "SNOTICE\0C00000\0Mx\0\0"),
  },
  { what: "sends parameters", type: "postgres", waits: true, again: postgresMessage("S", "a\0b\0") },
  { what: "sends rows", type: "postgres", waits: true, again: postgresMessage("D", "\0\0") },
  { what: "sends answers without questions", type: "mongodb", waits: true, again: MONGODB_MESSAGE },
  { what: "sends a message without end", type: "mongodb", begin: bytesLe(1 << 20), waits: true, again: "x" },
  {
    what: "sends a frame without end",
    type: "kafka",
    begin: Buffer.from([0, 0x1f, 0, 0]),
    waits: true,
    again: "x",
  },
  {
    what: "sends frames that were not asked for",
    type: "kafka",
    waits: true,
    again: Buffer.from([0, 0, 0, 4, 0, 0, 0, 1]),
  },
  ...WEB_TYPES.flatMap((type): Flood[] => [
    { what: "sends a header without end", type, begin: "HTTP/1.1 200 OK\r\na: ", waits: true, again: "x" },
    { what: "sends headers without end", type, begin: "HTTP/1.1 200 OK\r\n", waits: true, again: "a: b\r\n" },
    {
      what: "sends informational answers",
      type,
      waits: true,
      again: "HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n",
    },
    { what: "answers without end", type, begin: JSON_HEAD, waits: true, again: "[" },
    { what: "answers nothing that is HTTP", type, waits: true, again: "\0\xff" },
  ]),
  { what: "sends one packet without end", type: "git", begin: ADVERTISEMENT, waits: true, again: "ffff" },
  {
    what: "announces without end",
    type: "git",
    begin: `${ADVERTISEMENT}001e# service=git-upload-pack\n`,
    waits: true,
    again: "0005x",
  },
];
