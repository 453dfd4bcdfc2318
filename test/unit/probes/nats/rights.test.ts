import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isReserved } from "../../../../capabilities/probes/nats/jetstream/reserved";
import { mayPublish, rightsIn } from "../../../../capabilities/probes/nats/jetstream/rights";
import { collide, covers, matches } from "../../../../capabilities/probes/nats/subject";

describe("NATS subjects", () => {
  it.each([
    ["a.b", "a.b", true],
    ["a.b", "a.c", false],
    ["a.b", "a.b.c", false],
    ["a.b.c", "a.b", false],
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*", "a.b.c", false],
    ["*.b", "a.b", true],
    ["a.>", "a.b", true],
    ["a.>", "a.b.c", true],
    ["a.>", "a", false],
    [">", "a", true],
    [">", "a.b.c", true],
    ["*", "a.b", false],
    ["a.*.c", "a.b.c", true],
    ["a.*", "a.*", true],
    ["a.b", "a.*", false],
  ])("says for pattern %s and subject %s: %s", (pattern, subject, expected) => {
    expect(matches(pattern, subject)).toBe(expected);
    expect(covers(pattern, subject)).toBe(expected);
  });

  it("takes a wildcard at the end for a word of its own in a subject, and for many in a pattern", () => {
    expect(matches("a.*", "a.>")).toBe(true);
    expect(covers("a.*", "a.>")).toBe(false);
    expect(covers("a.>", "a.*.c")).toBe(true);
  });

  it.each([
    ["a.b", "a.b", true],
    ["a.*", "*.b", true],
    ["a.>", "a.*.c", true],
    ["a.>", "a", false],
    ["a.*", "a.*.c", false],
    [">", "a", true],
    ["*.items", "$JS.>", true],
    ["a.b", "a.c", false],
  ])("says whether %s and %s have a subject in common: %s", (one, other, expected) => {
    expect(collide(one, other)).toBe(expected);
    expect(collide(other, one)).toBe(expected);
  });

  it("takes no time over many patterns and a subject of many words", () => {
    const subject = new Array<string>(512).fill("a").join(".");
    const deny = new Array<string>(100_000).fill("b");
    const startedAt = performance.now();
    expect(mayPublish({ deny }, subject)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it("finds what a pattern covers in common with it", () => {
    const word = fc.constantFrom("a", "b", "*");
    const pattern = fc
      .tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([words, isOpen]) => [...words, ...(isOpen ? [">"] : [])].join("."));
    fc.assert(
      fc.property(pattern, pattern, (one, other) => {
        if (covers(one, other)) expect(collide(one, other)).toBe(true);
      }),
    );
  });

  it.each([
    ["2.15.2", ">", true],
    ["2.15.2", "*.items", true],
    ["2.15.2", "$JS.x", true],
    ["2.15.2", "$JS.EVENT.x", false],
    ["2.15.2", "$SYS.x", true],
    ["2.15.2", "$SYS.ACCOUNT.x", false],
    ["2.15.2", "$KV.x", false],
    ["2.11.0", "*.items", false],
    ["2.11.0", "$JS.x", true],
    ["2.9.25", ">", false],
    ["2.9.25", "$JS.x", false],
    ["2.9.25", "$JS.API.x", true],
    [undefined, "*.items", true],
  ])("says for version %s whether %s is reserved: %s", (version, subject, expected) => {
    expect(isReserved(subject, version)).toBe(expected);
  });
});

describe("NATS permissions", () => {
  it.each([
    ["nothing is restricted", {}, true],
    ["the list allows it", { allow: ["other", "inventory.*"] }, true],
    ["the list allows something else", { allow: ["other"] }, false],
    ["it is denied", { deny: ["inventory.>"] }, false],
    ["something else is denied", { deny: ["other"] }, true],
    ["it is allowed and denied", { allow: [">"], deny: ["inventory.items"] }, false],
    ["the list is empty, which restricts nothing", { allow: [] }, true],
  ])("decides when %s", (_, rights, expected) => {
    expect(mayPublish(rights, "inventory.items")).toBe(expected);
  });
});

describe("the answer about a user's rights", () => {
  const answered = (body: unknown, status?: number): ReturnType<typeof rightsIn> =>
    rightsIn({
      kind: "answer",
      payload: Buffer.from(JSON.stringify(body)),
      ...(status === undefined ? {} : { status }),
    });

  it("is read as servers give it", () => {
    const permissions = { publish: { allow: ["a.>"], deny: ["a.b"] }, responses: { max: 1, ttl: 120 } };
    expect(answered({ data: { user: "kollect", permissions } })).toEqual({ allow: ["a.>"], deny: ["a.b"] });
    expect(answered({ data: { user: "kollect" } })).toEqual({});
  });

  it.each([
    ["no answer", undefined],
    ["a refusal", { kind: "refused" } as const],
    ["no inbox", { kind: "no-inbox" } as const],
    ["nonsense", { kind: "answer", payload: Buffer.from("x") } as const],
  ])("proves nothing when it is %s", (_, reply) => {
    expect(rightsIn(reply)).toBeUndefined();
  });

  it("proves nothing when nothing listens, or when it is an error", () => {
    expect(answered({ data: {} }, 503)).toBeUndefined();
    expect(answered({ error: { code: 400 } })).toBeUndefined();
  });
});
