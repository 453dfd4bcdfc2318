import { describe, expect, it } from "vitest";
import { mayPublish } from "../../../../capabilities/probes/nats/rights";
import { covers } from "../../../../capabilities/probes/nats/subject";

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
  ])("says for pattern %s and subject %s: %s", (pattern, subject, expected) => {
    expect(covers(pattern, subject)).toBe(expected);
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
