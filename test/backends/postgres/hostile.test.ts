import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import { expectClean } from "../../contract/leaks";
import { runCase } from "../../../lab/backends/run-case";
import { faultServer, type Fault } from "../../../lab/faults";
import { dsnUrl, PASSWORD, postgresCase } from "../../../lab/backends/postgres";

/** What a hostile server says; nothing of it may be shown. */
const CANARY = "canary-c0ffee-\u202e\u0007";

let fault: Fault | undefined;
afterEach(() => fault?.close());

function message(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body as string);
  const header = Buffer.alloc(5);
  header.write(type, "latin1");
  header.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([header, bytes]);
}

function authentication(code: number, rest: string | Buffer = ""): Buffer {
  const number = Buffer.alloc(4);
  number.writeInt32BE(code);
  return message("R", Buffer.concat([number, Buffer.from(rest as string)]));
}

function errorResponse(code: string): Buffer {
  return message("E", `SFATAL\0C${code}\0M${CANARY}\0D${CANARY}\0H${CANARY}\0R${CANARY}\0\0`);
}

const IN = [authentication(0), message("S", `server_version\0${PASSWORD}\0`), message("Z", "I")];

const SERVER_FIRST = authentication(11, "r=x,s=AAAA,i=4096");

/** The description of rows with one column, of text. */
const COLUMN = message("T", Buffer.concat([Buffer.from("\0\x01a\0", "latin1"), Buffer.alloc(18)]));

/** Answers each message of the client with the next of these. */
function answering(...answers: readonly Buffer[]): Promise<Fault> {
  return faultServer((socket: Socket) => {
    const left = [...answers];
    socket.on("data", () => {
      const next = left.shift();
      if (next) socket.write(next);
    });
  });
}

async function report(answers: readonly Buffer[], { query = "sslmode=disable", timeoutMs = 20_000 } = {}) {
  fault = await answering(...answers);
  const found = await runCase(postgresProbe, postgresCase(dsnUrl({ ...fault, query })), { timeoutMs });
  expectClean(found, [PASSWORD]);
  expect(JSON.stringify(found)).not.toContain("c0ffee");
  return found;
}

describe("a hostile server", () => {
  it.each(["28P01", "28000", "3D000", "42501", "53300", "57P03", "XX000", "\u202e1\u00072", "", "TOOLONG"])(
    "that refuses with code %j is reported in our words",
    async (code) => {
      const { failure } = await report([errorResponse(code)]);
      expect(failure?.cause).toBeDefined();
    },
  );

  const rows: ReadonlyArray<readonly [string, readonly Buffer[], string]> = [
    ["that asks for an unknown method", [authentication(99)], "UnsupportedAuthMechanism"],
    ["that asks for Kerberos", [authentication(7)], "UnsupportedAuthMechanism"],
    ["that offers SASL without SCRAM", [authentication(10, "OAUTHBEARER\0\0")], "UnsupportedAuthMechanism"],
    ["that offers no mechanism", [authentication(10, "\0")], "UnsupportedAuthMechanism"],
    [
      "that ends SCRAM without having proven itself",
      [authentication(10, "SCRAM-SHA-256\0\0"), Buffer.concat(IN)],
      "ProtocolError",
    ],
    [
      "that sends a wrong nonce",
      [authentication(10, "SCRAM-SHA-256\0\0"), authentication(11, `r=${CANARY},s=AAAA,i=4096`)],
      "AuthenticationFailed",
    ],
    [
      "that asks for endless iterations",
      [authentication(10, "SCRAM-SHA-256\0\0"), authentication(11, "r=x,s=AAAA,i=2000000000")],
      "AuthenticationFailed",
    ],
    [
      "that repeats its request for a key to be derived",
      [authentication(10, "SCRAM-SHA-256\0\0"), Buffer.concat([SERVER_FIRST, SERVER_FIRST])],
      "ProtocolError",
    ],
    [
      "that asks for a password twice",
      [Buffer.concat([authentication(3), authentication(3)])],
      "ProtocolError",
    ],
    [
      "that names its rounds twice",
      [authentication(10, "SCRAM-SHA-256\0\0"), authentication(11, "r=x,s=AAAA,i=1,i=900000")],
      "ProtocolError",
    ],
    [
      "that begins SCRAM again",
      [Buffer.concat([authentication(10, "SCRAM-SHA-256\0\0"), authentication(10, "SCRAM-SHA-256\0\0")])],
      "ProtocolError",
    ],
    [
      "that asks for a password when the session has begun",
      [Buffer.concat([...IN, authentication(3)])],
      "ProtocolError",
    ],
    ["that sends an error without an end", [message("E", `S${CANARY}`)], "ProtocolError"],
    [
      "that sends a row before any query",
      [Buffer.concat([authentication(0), message("D", Buffer.alloc(2))])],
      "ProtocolError",
    ],
    ["that announces 4 GiB", [Buffer.from([0x53, 0xff, 0xff, 0xff, 0xff])], "ProtocolError"],
    [
      "that sends rows with negative counts",
      [Buffer.concat([...IN, message("D", Buffer.from([0xff, 0xff]))])],
      "ProtocolError",
    ],
    [
      "that describes 65,535 columns and sends none",
      [Buffer.concat(IN), message("T", Buffer.from([0xff, 0xff]))],
      "ProtocolError",
    ],
    [
      "that sends a row of 65,535 columns that is empty",
      [Buffer.concat(IN), Buffer.concat([COLUMN, message("D", Buffer.from([0xff, 0xff]))])],
      "ProtocolError",
    ],
    [
      "that answers a query with nonsense",
      [Buffer.concat(IN), message("T", Buffer.from([0x7f, 0xff]))],
      "ProtocolError",
    ],
  ];
  it.each(rows)("%s is reported and does not end the operator", async (_what, answers, cause) => {
    const { failure } = await report(answers);
    expect(failure?.cause).toBe(cause);
  });

  const done = message("C", "SELECT 1\0");
  const ready = message("Z", "I");
  const asJson = message("T", Buffer.from("\0\x01keys\0\0\0\0\0\0\0\0\0\0\x72\0\0\0\0\0\0\0\0", "latin1"));
  const cell = message("D", Buffer.from('\0\x01\0\0\0\x20{"toString":0,"valueOf":0,"a":0}', "latin1"));
  it.each([
    ["nothing", [done]],
    ["no rows", new Array<Buffer>(7).fill(done)],
    ["an object instead of a text", new Array<Buffer>(7).fill(Buffer.concat([asJson, cell, done]))],
  ])("that answers the questions for rights with %s is no bug of the operator", async (_what, answers) => {
    const { failure } = await report([
      Buffer.concat(IN),
      Buffer.concat([done, ready]),
      Buffer.concat([...answers, ready]),
    ]);
    expect(failure?.cause).toMatch(/^(ProtocolError|TargetNotFound|PermissionDenied)$/);
  });

  it("that falls silent in the middle of a query is reported and does not end the operator", async () => {
    const { failure } = await report([Buffer.concat(IN)], { timeoutMs: 600 });
    expect(failure?.cause).toBe("TimedOut");
  });

  it("that got the password cannot have it shown as its version", async () => {
    const { failure } = await report([authentication(3), Buffer.concat(IN)], { timeoutMs: 600 });
    expect(failure?.cause).toBe("TimedOut");
  });

  it.each([
    ["bytes behind its consent to TLS", Buffer.from("S\x16\x03"), "ProtocolError"],
    ["an error in answer to the question for TLS", errorResponse("53300"), "ProtocolError"],
    ["another letter", Buffer.from("X"), "ProtocolError"],
  ])("that sends %s is not believed", async (_what, answer, cause) => {
    expect((await report([answer], { query: "sslmode=require" })).failure?.cause).toBe(cause);
  });
});
