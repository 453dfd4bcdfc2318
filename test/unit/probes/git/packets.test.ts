import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DELIMITER,
  FLUSH,
  packet,
  PacketError,
  PacketReader,
} from "../../../../capabilities/probes/git/pkt-line";
import { runs } from "../../../fixtures/property";

async function* inChunks(text: string, size = text.length || 1): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PacketError) return error.fault;
  throw new Error("no fault", { cause: error });
}

describe("packet lines", () => {
  it("are the same in chunks of any size", async () => {
    const text = packet("first\n") + FLUSH + packet("") + DELIMITER + "0002" + packet("läst");
    for (const size of [1, 2, 3, 5, 100]) {
      const reader = new PacketReader(inChunks(text, size));
      const seen: unknown[] = [];
      for (let next = await reader.next(); next !== "end"; next = await reader.next()) {
        seen.push(typeof next === "string" ? next : next.payload.toString());
      }
      expect(seen).toEqual(["first\n", "flush", "", "delimiter", "delimiter", "läst"]);
    }
  });

  it("leave turns to other probes, however many arrive at once", async () => {
    const reader = new PacketReader(inChunks(packet("").repeat(20_000)));
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    while ((await reader.next()) !== "end");
    clearImmediate(next);
    expect(turns).toBeGreaterThan(4);
  });

  it.each([
    ["malformed", "00zz"],
    ["malformed", "<html>"],
    ["malformed", "0003"],
    ["malformed", `fff1${"a".repeat(65_521)}`],
    ["truncated", "000"],
    ["truncated", "0009abc"],
    ["truncated", ""],
    ["refused", packet("ERR no such repository")],
  ])("are %s in %j", async (fault, text) => {
    expect(await faultOf(new PacketReader(inChunks(text)).line())).toBe(fault);
  });

  it("are given up when the answer is longer than allowed", async () => {
    const reader = new PacketReader(inChunks(packet("x".repeat(60)).repeat(10), 16), 128);
    const readAll = async (): Promise<void> => {
      for (;;) await reader.line();
    };
    expect(await faultOf(readAll())).toBe("oversized");
  });

  it("never end in anything but a packet, an end or a fault", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 9 }), async (text, size) => {
        const reader = new PacketReader(inChunks(text, size));
        try {
          while ((await reader.next()) !== "end");
        } catch (error) {
          expect(error).toBeInstanceOf(PacketError);
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});
