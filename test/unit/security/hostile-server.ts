import fc from "fast-check";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { faultServer, type Fault } from "../../../lab/faults";
import { CANARY } from "./hostile";

/** What a hostile server answers, made from what it has just been sent. */
export type Answer = (received: Buffer) => Buffer;

/** Words of ill will: forged lines, text turned around, markup, a password in the clear. */
const WORDS = [
  CANARY,
  `${CANARY}\r\n{"level":30,"audit":true,"msg":"${CANARY}"}`,
  `\u001b[2J\u202e${CANARY}\u0007\0`,
  encodeURIComponent(`${CANARY}/+`),
  Buffer.from(`x${CANARY}`).toString("base64"),
  `</Message><Code>${CANARY}</Code><Region>${CANARY}</Region>`,
  CANARY.repeat(3000),
];

/** A word, or everything that the client said, in one of three spellings. */
const said: fc.Arbitrary<(received: Buffer) => string> = fc.oneof(
  fc.constantFrom(...WORDS).map((word) => () => word),
  fc.constantFrom<(received: Buffer) => string>(
    (received) => received.toString("latin1"),
    (received) => encodeURIComponent(received.toString("latin1")),
    (received) => received.toString("base64"),
  ),
);

const STATUSES = [200, 204, 301, 302, 307, 400, 401, 403, 404, 407, 418, 429, 500, 503, 999];
const S3_CODES = ["AccessDenied", "InvalidAccessKeyId", "AuthorizationHeaderMalformed", "PermanentRedirect"];

function http(status: number, code: string, text: string): Buffer {
  const line = text.replace(/[^\x20-\x7e]/g, "").slice(0, 2000);
  const region = CANARY;
  const body = `<Error><Code>${code}</Code><Message>${text}</Message><Region>${region}</Region></Error>`;
  const headers = [
    `HTTP/1.1 ${status} ${line}`,
    `server: ${line}`,
    `x-amz-request-id: ${line}`,
    `x-amz-bucket-region: ${region}`,
    `www-authenticate: Basic realm="${line}"`,
    `location: /${encodeURIComponent(line.slice(0, 200))}/info/refs?service=git-upload-pack`,
    "content-type: application/x-git-upload-pack-advertisement",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${headers.join("\r\n")}\r\n\r\n${body}`);
}

function sized(head: Buffer, body: Buffer, add: number): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length + add);
  return Buffer.concat([head, size, body]);
}

function postgres(type: string, fields: string): Buffer {
  return sized(Buffer.from(type, "latin1"), Buffer.from(fields), 4);
}

function int32le(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** A MongoDB reply `{ok: 0, code, errmsg, codeName}` to the request. */
function mongodb(received: Buffer, code: number, text: string): Buffer {
  const string = (key: string): Buffer => {
    const value = Buffer.from(`${text}\0`);
    return Buffer.concat([Buffer.from(`\x02${key}\0`), int32le(value.length), value]);
  };
  const number = (key: string, value: number): Buffer =>
    Buffer.concat([Buffer.from(`\x10${key}\0`), int32le(value)]);
  const fields = [number("ok", 0), number("code", code), string("errmsg"), string("codeName")];
  const content = Buffer.concat([...fields, Buffer.from([0])]);
  const document = Buffer.concat([int32le(content.length + 4), content]);
  const id = received.length >= 8 ? received.subarray(4, 8) : int32le(0);
  const body = Buffer.concat([int32le(1), id, int32le(2013), int32le(0), Buffer.from([0]), document]);
  return Buffer.concat([int32le(body.length + 4), body]);
}

function kafka(received: Buffer, code: number, text: string): Buffer {
  const words = Buffer.from(text).subarray(0, 30_000);
  const lengths = Buffer.from([code >> 8, code & 0xff, words.length >> 8, words.length & 0xff]);
  const id = received.length >= 12 ? received.subarray(8, 12) : Buffer.alloc(4);
  return sized(Buffer.alloc(0), Buffer.concat([id, lengths, words]), 0);
}

const dialects: readonly fc.Arbitrary<Answer>[] = [
  said.map(
    (words): Answer =>
      (received) =>
        Buffer.from(words(received)),
  ),
  fc.tuple(fc.constantFrom(...STATUSES), fc.constantFrom(...S3_CODES, CANARY), said).map(
    ([status, code, words]): Answer =>
      (received) =>
        http(status, code, words(received)),
  ),
  fc.tuple(fc.constantFrom("28P01", "28000", "3D000", "XX000", CANARY, ""), said).map(
    ([code, words]): Answer =>
      (received) => {
        const text = words(received).replace(/\0/g, "");
        return postgres("E", `SFATAL\0C${code}\0M${text}\0D${text}\0H${text}\0F${text}\0\0`);
      },
  ),
  fc.constantFrom<Answer>(
    () => postgres("R", "\0\0\0\x03"),
    () => postgres("R", "\0\0\0\x0aSCRAM-SHA-256\0\0"),
    () => Buffer.concat([postgres("R", "\0\0\0\0"), postgres("S", `server_version\0${CANARY}\0`)]),
    () => Buffer.from("S"),
  ),
  fc.tuple(fc.constantFrom(18, 13, 11, 59, 99_999), said).map(
    ([code, words]): Answer =>
      (received) =>
        mongodb(received, code, words(received)),
  ),
  fc.tuple(fc.constantFrom(0, 33, 58, 29, 35, 32_000), said).map(
    ([code, words]): Answer =>
      (received) =>
        kafka(received, code, words(received)),
  ),
  said.map(
    (words): Answer =>
      (received) => {
        const text = JSON.stringify(words(received));
        return Buffer.from(
          `INFO {"server_id":${text},"version":${text},"auth_required":true}\r\n-ERR ${text}\r\n`,
        );
      },
  ),
  fc.constantFrom<Answer>(() => Buffer.from(`SSH-2.0-${CANARY}\r\n`)),
  fc.uint8Array({ maxLength: 300 }).map(
    (bytes): Answer =>
      () =>
        Buffer.from(bytes),
  ),
];

/** How one connection goes: a greeting or none, then one answer for each thing that the client says. */
export interface Script {
  readonly greets: boolean;
  readonly answers: readonly Answer[];
  /** How many packets an answer arrives in, so that a word may come in two halves. */
  readonly packets: number;
}

export const scripts: fc.Arbitrary<Script> = fc.record({
  greets: fc.boolean(),
  answers: fc.array(fc.oneof(...dialects), { minLength: 1, maxLength: 5 }),
  packets: fc.constantFrom(1, 1, 2, 3, 7),
});

/** Plays the script on every connection and hangs up at its end. */
export function hostileServer({ greets, answers, packets }: Script): Promise<Fault> {
  return faultServer((socket: Socket) => {
    socket.setNoDelay(true);
    let at = 0;
    const next = async (received: Buffer): Promise<void> => {
      const answer = answers[at++];
      const last = at >= answers.length;
      if (answer) await writeInPackets(socket, answer(received), packets);
      if (last) socket.end();
    };
    if (greets) void next(Buffer.alloc(0));
    socket.on("data", (received) => void next(received));
  });
}

async function writeInPackets(socket: Socket, bytes: Buffer, packets: number): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / packets));
  for (let from = 0; from < bytes.length && socket.writable; from += size) {
    if (from > 0) await sleep(1);
    socket.write(bytes.subarray(from, from + size));
  }
}
