import { createRequire } from "node:module";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";

interface Inflate {
  push(chunk: Uint8Array, isLast: boolean): void;
  readonly result?: Uint8Array;
  readonly err: number;
  readonly strm: { readonly avail_in: number };
}
interface Pako {
  inflate(bytes: Uint8Array): Uint8Array;
  deflate(bytes: Uint8Array): Uint8Array;
  readonly Inflate: new () => Inflate;
}
interface Sha1 {
  update(bytes: Uint8Array): Sha1;
  digest(): Uint8Array;
}

// As isomorphic-git resolves them, and pako itself, which a package of the framework brings.
const ofGit = createRequire(require.resolve("isomorphic-git"));
const substitute = ofGit("pako") as Pako;
const pako = createRequire(require.resolve("quicktype-core"))("pako") as Pako;
const Sha1 = ofGit("sha.js/sha1.js") as new () => Sha1;

const TEXT = Buffer.from("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n".repeat(400));

describe("the substitute for sha.js", () => {
  // RFC 3174, section 7.3.
  it.each([
    ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ])("hashes %j", (text, digest) => {
    expect(Buffer.from(new Sha1().update(Buffer.from(text)).digest()).toString("hex")).toBe(digest);
  });
});

describe("the substitute for pako", () => {
  it("is not pako itself", () => {
    expect(substitute.inflate).not.toBe(pako.inflate);
  });

  it("deflates and inflates what pako inflates and deflates", () => {
    expect(Buffer.from(pako.inflate(substitute.deflate(TEXT)))).toEqual(TEXT);
    expect(Buffer.from(substitute.inflate(pako.deflate(TEXT)))).toEqual(TEXT);
  });

  it.each([
    ["pako", pako],
    ["the substitute", substitute],
  ])(
    "of two streams in pieces inflates the first and tells what is left, as %s does",
    (_name, { Inflate }) => {
      const first = deflateSync(TEXT);
      const rest = deflateSync(Buffer.from("next"));
      const inflator = new Inflate();
      inflator.push(first.subarray(0, 20), false);
      expect(inflator.result).toBeUndefined();
      inflator.push(Buffer.concat([first.subarray(20), rest]), false);
      expect(Buffer.from(inflator.result ?? [])).toEqual(TEXT);
      expect(inflator.strm.avail_in).toBe(rest.length);
    },
  );

  it.each([
    ["pako", pako],
    ["the substitute", substitute],
  ])("reports bytes that are no stream, as %s does", (_name, { Inflate }) => {
    const inflator = new Inflate();
    inflator.push(Buffer.from("not a stream"), false);
    expect(inflator.err).toBeLessThan(0);
    expect(inflator.result).toBeUndefined();
  });
});

describe("the substitute for the credentials of AWS's SDK", () => {
  it("is what the SDK gets, and finds none", async () => {
    const ofSdk = createRequire(require.resolve("@aws-sdk/client-s3"));
    const name = "@aws-sdk/credential-provider-node";
    expect(ofSdk.resolve(name)).toMatch(/substitutes\/credential-provider-node\/index\.js$/);
    const { defaultProvider } = ofSdk(name) as { defaultProvider: () => () => Promise<unknown> };
    await expect(defaultProvider()()).rejects.toThrow("was given no credentials");
  });
});
