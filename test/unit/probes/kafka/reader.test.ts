import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Frames } from "../../../../capabilities/probes/kafka/frames";
import { readMetadata } from "../../../../capabilities/probes/kafka/metadata";
import { MalformedAnswer, Reader } from "../../../../capabilities/probes/kafka/reader";
import {
  readApiVersions,
  readSaslAuthenticate,
  readSaslHandshake,
} from "../../../../capabilities/probes/kafka/requests";
import { runs } from "../../../fixtures/property";

const DECODERS: Readonly<Record<string, (answer: Reader) => unknown>> = {
  ApiVersions: readApiVersions,
  SaslHandshake: readSaslHandshake,
  SaslAuthenticate: readSaslAuthenticate,
  Metadata: (answer) => readMetadata(answer, 8),
};

describe("Kafka answers", () => {
  it.each(Object.entries(DECODERS))("reads any bytes as %s, or says that they are malformed", (_, decode) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          decode(new Reader(Buffer.from(bytes)));
        } catch (error) {
          if (!(error instanceof MalformedAnswer)) throw error;
        }
      }),
      { numRuns: runs(2500) },
    );
  });

  it.each([
    ["an array longer than the answer", [0, 0, 0x7f, 0xff, 0xff, 0xff]],
    ["an array of negative length", [0, 0, 0x80, 0, 0, 0]],
    ["a string of negative length", [0, 0, 0, 0, 0, 2, 0xff, 0xfe, 0, 0]],
    ["a string longer than the answer", [0, 0, 0, 0, 0, 1, 0x7f, 0xff, 65]],
    ["no answer at all", []],
  ])("takes no time over %s", (_, bytes) => {
    expect(() => readSaslHandshake(new Reader(Buffer.from(bytes)))).toThrow(MalformedAnswer);
  });
});

function frame(body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

describe("Kafka frames", () => {
  it("joins a frame however it is cut", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (body, cuts) => {
          const frames = new Frames();
          const bytes = frame(Buffer.from(body));
          let at = 0;
          for (let turn = 0; at < bytes.length; turn += 1) {
            expect(frames.next()).toBeUndefined();
            const end = at + (cuts[turn % cuts.length] ?? 1);
            expect(frames.push(bytes.subarray(at, end))).toBeUndefined();
            at = end;
          }
          expect(frames.next()).toEqual(Buffer.from(body));
          expect(frames.next()).toBeUndefined();
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it.each([
    ["a frame too small for its number", [0, 0, 0, 3]],
    ["a frame of negative size", [0xff, 0xff, 0xff, 0xff]],
    ["a frame of more than 8 MiB", [0x00, 0x80, 0x00, 0x01]],
    ["a web server's answer", [...Buffer.from("HTTP/1.1 400")]],
    ["more than the answer", [0, 0, 0, 4, 0, 0, 0, 1, 9]],
  ])("refuses %s", (_, bytes) => {
    expect(new Frames().push(Buffer.from(bytes))).toBe("other");
  });

  it("knows an alert of TLS", () => {
    expect(new Frames().push(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 2, 70]))).toBe("tls");
  });
});
