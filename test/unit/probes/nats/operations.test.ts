import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MalformedOperation,
  Operations,
  type ServerOperation,
} from "../../../../capabilities/probes/nats/protocol/operations";
import { runs } from "../../../fixtures/property";

function read(bytes: Buffer, cut: number): ServerOperation[] {
  const operations = new Operations();
  const found: ServerOperation[] = [];
  for (let at = 0; at < bytes.length; at += cut) {
    operations.push(bytes.subarray(at, at + cut));
    for (let next = operations.next(); next; next = operations.next()) found.push(next);
  }
  return found;
}

const CONVERSATION = Buffer.from(
  [
    'INFO {"version":"2.15.2"}\r\n',
    "+OK\r\n",
    "PING\r\n",
    "MSG _INBOX.1 1 5\r\nhe\r\no\r\n",
    "PONG\r\n",
    "HMSG _INBOX.2 2 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
    "HMSG _INBOX.3 3 reply 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
    "MSG _INBOX.4 4 0\r\n\r\n",
    "-ERR 'Authorization Violation'\r\n",
  ].join(""),
);
const EXPECTED: ReadonlyArray<Partial<ServerOperation> & { payload?: unknown }> = [
  { op: "INFO", text: '{"version":"2.15.2"}' },
  { op: "OK" },
  { op: "PING" },
  { op: "MSG", subject: "_INBOX.1", payload: Buffer.from("he\r\no") },
  { op: "PONG" },
  { op: "MSG", subject: "_INBOX.2", status: 503, payload: Buffer.alloc(0) },
  { op: "MSG", subject: "_INBOX.3", payload: Buffer.from("hi") },
  { op: "MSG", subject: "_INBOX.4", payload: Buffer.alloc(0) },
  { op: "ERR", text: "Authorization Violation" },
];

describe("NATS operations", () => {
  it.each([1, 2, 3, 7, 50, 10_000])("reads a conversation that comes in pieces of %i bytes", (cut) => {
    expect(read(CONVERSATION, cut)).toEqual(EXPECTED);
  });

  it("knows what no operation has taken yet", () => {
    const operations = new Operations();
    operations.push(Buffer.from("PING\r\nINFO {}\r\n"));
    operations.next();
    expect(operations.rest).toBe("INFO {}\r\n".length);
  });

  it.each([
    "HTTP/1.1 400 Bad Request\r\n",
    "220 mail.example ESMTP ready\r\n",
    "INFO nonsense\r\n",
    "INFO\r\n",
    "\r\n",
    "MSG a 1\r\n",
    "MSG a 1 -5\r\n",
    "MSG a 1 1e9\r\n",
    "MSG a 1 99999999999\r\n",
    "HMSG a 1 20 10\r\n",
    "MSG a b c d e f g\r\n",
  ])("refuses %j", (line) => {
    expect(() => read(Buffer.from(line), 100)).toThrow(MalformedOperation);
  });

  it("keeps no line of more than 256 KiB", () => {
    const operations = new Operations();
    const chunk = Buffer.alloc(64 * 1024, "x");
    expect(() => {
      for (let count = 0; count < 6; count += 1) {
        operations.push(chunk);
        operations.next();
      }
    }).toThrow(MalformedOperation);
  });

  it.each([
    ["blanks", "INFO", " ", "\rx\r\n"],
    ["letters", "", "a", "1\r\n"],
    ["quotes", "-ERR ", "'", "\rx\r\n"],
  ])("takes no time over a line of %s", (_, begin, piece, end) => {
    const line = Buffer.from(begin + piece.repeat(50_000) + end);
    const startedAt = performance.now();
    try {
      read(line, line.length);
    } catch (error) {
      if (!(error instanceof MalformedOperation)) throw error;
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it("reads any bytes, or says that they are malformed", () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom("INFO ", "MSG a 1 ", "HMSG a 1 2 ", "-ERR '", "\r\n", "PING\r\n", "{}", "5")
        .map(Buffer.from),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 20 }), (pieces, cut) => {
        try {
          read(Buffer.concat(pieces), cut);
        } catch (error) {
          if (!(error instanceof MalformedOperation)) throw error;
        }
      }),
      { numRuns: runs(3000) },
    );
  });
});
