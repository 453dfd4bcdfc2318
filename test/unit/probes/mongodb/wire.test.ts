import { Code, serialize, type Document } from "bson";
import { describe, expect, it } from "vitest";
import { MAX_LONG_MESSAGE_BYTES } from "../../../../capabilities/probes/mongodb/message-guard";
import { readAnswer } from "../../../../capabilities/probes/mongodb/wire";

const OP_MSG_START = 21;

function answer(document: Uint8Array): Buffer {
  const message = Buffer.alloc(OP_MSG_START + document.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(2013, 12);
  message.set(document, OP_MSG_START);
  return message;
}

/** A document of these elements, as many as the longest answer has room for. */
function full(element: (index: number) => Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let bytes = 64, index = 0; ; index += 1) {
    const next = element(index);
    bytes += next.length;
    if (bytes > MAX_LONG_MESSAGE_BYTES) return documentOf(Buffer.concat(parts));
    parts.push(next);
  }
}

function documentOf(elements: Uint8Array): Buffer {
  const document = Buffer.alloc(elements.length + 5);
  document.writeInt32LE(document.length, 0);
  document.set(elements, 4);
  return document;
}

function named(type: number, name: string, value: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]);
}

const [DOCUMENT, ARRAY, NULL] = [0x03, 0x04, 0x0a];
const EMPTY = documentOf(Buffer.alloc(0));

function nested(type: number, depth: number): Buffer {
  let document = EMPTY;
  for (let level = 0; level < depth; level += 1) document = documentOf(named(type, "0", document));
  return document;
}

/** Nulls with names that no other has. */
function names(count: number, prefix: string): Document {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [prefix + index.toString(36), null]));
}

describe("a long answer", () => {
  it.each([
    ["hundreds of thousands of names", full((index) => named(NULL, index.toString(36)))],
    [
      "an array of as many elements",
      documentOf(
        named(
          ARRAY,
          "a",
          full(() => named(NULL, "")),
        ),
      ),
    ],
    ["empty documents", full(() => named(DOCUMENT, "", EMPTY))],
    ["deep documents", full(() => named(DOCUMENT, "", nested(DOCUMENT, 1000)))],
    ["deep arrays", full(() => named(ARRAY, "", nested(ARRAY, 1000)))],
    ["many names in the scope of code", serialize({ a: new Code("", names(10_000, "")) })],
  ])("with %s is not parsed", (_, document) => {
    const before = process.cpuUsage();
    expect(() => readAnswer(answer(document))).toThrow("too many or too deep elements");
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(500);
  });

  it("with the privileges of a user of a thousand databases is parsed", () => {
    const actions = ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex"];
    const privileges = Array.from({ length: 3000 }, (_, index) => ({
      resource: { db: `tenant-${index}`, collection: "" },
      actions,
    }));
    const document = serialize({ ok: 1, authInfo: { authenticatedUserPrivileges: privileges } });
    expect(document.length).toBeLessThan(MAX_LONG_MESSAGE_BYTES);
    expect(readAnswer(answer(document)).document.authInfo.authenticatedUserPrivileges).toHaveLength(3000);
  });

  it.each([
    ["names", { a: Array.from({ length: 58 }, (_, index) => names(990, `${index}.`)) }],
    ["documents", { a: Array.from({ length: 29_000 }, (_, index) => ({ [index.toString(36)]: {} })) }],
  ])("with as many %s as are parsed takes little time", (_, value) => {
    const message = answer(serialize(value));
    const before = process.cpuUsage();
    readAnswer(message);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});
