import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageGuard } from "../../../../capabilities/probes/postgres/message-guard";
import { runs } from "../../../fixtures/property";

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string);
  const header = Buffer.alloc(5);
  header.write(type, "latin1");
  header.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([header, bytes]);
}

const AUTHENTICATION_OK = message("R", Buffer.alloc(4));
const READY = message("Z", "I");
const ERROR = message("E", "SFATAL\0C28P01\0Mno\0\0");

function described(columns: number): Buffer {
  return message("T", Buffer.from([columns >> 8, columns & 0xff]));
}

function row(columns: number): Buffer {
  return message("D", Buffer.from([columns >> 8, columns & 0xff, 0xff, 0xff, 0xff, 0xff]));
}

describe("message guard", () => {
  it("passes whole messages on, however they arrive", () => {
    const stream = Buffer.concat([AUTHENTICATION_OK, message("S", "server_version\x0018\0"), ERROR, READY]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 20 }), (cuts) => {
        const guard = new MessageGuard();
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const found = edges
          .slice(1)
          .flatMap((edge, index) => guard.accept(stream.subarray(edges[index], edge)));
        expect(found).toHaveLength(4);
        expect(Buffer.concat(found)).toEqual(stream);
      }),
    );
  });

  it.each([
    ["a web server's answer", "HTTP/1.1 400 Bad Request\r\n"],
    ["a mail server's greeting", "220 mail.example ESMTP\r\n"],
    ["an SSH server's greeting", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["a TLS alert", Buffer.from([0x15, 3, 3, 0, 2, 2, 70])],
    ["a message without length", Buffer.from([0x52, 0, 0, 0, 0])],
    ["a message of 4 GiB", Buffer.from([0x53, 0xff, 0xff, 0xff, 0xff])],
    ["a message of 1 MiB", Buffer.from([0x53, 0, 0x10, 0, 0])],
    ["an error without an end", message("E", "SFATAL\0C28P01")],
    ["an error without its last zero", message("E", "SFATAL\0")],
    ["an error that ends before its message does", message("E", "SFATAL\0\0rest")],
    ["an empty error", message("E", "")],
    ["a notice without an end", message("N", "M")],
    ["an authentication message without a code", message("R", "\0")],
    ["a truncated key", message("K", "\0\0")],
    ["a request to copy a file", message("G", "\0\0\0")],
  ])("refuses %s", (_what, bytes) => {
    expect(() => new MessageGuard().accept(Buffer.from(bytes as string))).toThrow();
  });

  it.each([
    ["more columns than any query has", [described(65)]],
    ["a row before its description", [row(1)]],
    ["a row with fewer columns than were described", [described(2), row(1)]],
    ["a description that ends before its number", [message("T", "\0")]],
  ])("refuses %s", (_what, messages) => {
    expect(() => new MessageGuard().accept(Buffer.concat(messages))).toThrow();
  });

  it("passes a row with the columns that were described", () => {
    expect(new MessageGuard().accept(Buffer.concat([described(2), row(2)]))).toHaveLength(2);
  });

  it("refuses tens of thousands of short messages", () => {
    const messages = Buffer.concat(new Array<Buffer>(20_000).fill(message("C", "A\0")));
    expect(() => new MessageGuard().accept(messages)).toThrow("too many messages");
  });

  it("refuses endless data", () => {
    const guard = new MessageGuard();
    const notice = message("N", `M${"x".repeat(60_000)}\0\0`);
    expect(() => {
      for (let count = 0; count < 100; count += 1) guard.accept(notice);
    }).toThrow("too much data");
  });

  it("ends for all input, without keeping more than one message", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const guard = new MessageGuard();
        try {
          for (const chunk of chunks) guard.accept(Buffer.from(chunk));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});
