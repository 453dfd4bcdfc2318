import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clean, hostPort, quoted, seconds } from "../../../capabilities/probes/messages";
import { runs } from "../../fixtures/property";

describe("clean", () => {
  it.each([
    ["a\nb\r\nc\td", "a b c d"],
    ["red \u001b[31malert\u0007", "red  [31malert "],
    ["\u202egnp.exe", "gnp.exe"],
    ["zero\u200bwidth\ufeff", "zerowidth"],
    ["line\u2028separator", "line separator"],
    ["Grüße, 世界 🎉", "Grüße, 世界 🎉"],
    ["broken \ud800 surrogate", "broken  surrogate"],
    ["", ""],
  ])("makes %j %j", (text, expected) => expect(clean(text)).toBe(expected));

  it("keeps every text within its bytes, and valid", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 3000 }),
        fc.integer({ min: 8, max: 1024 }),
        (text, most) => {
          const result = clean(text, most);
          expect(Buffer.byteLength(result)).toBeLessThanOrEqual(most);
          expect(Buffer.from(result).toString()).toBe(result);
          expect(result).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect(clean(result, most)).toBe(result);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it("is quick with a hostile amount of text", () => {
    const startedAt = performance.now();
    clean("\u202e\n".repeat(5_000_000));
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it("marks what it cut, and never cuts inside a character", () => {
    expect(clean("ab".repeat(600))).toMatch(/…$/);
    expect(clean("é".repeat(20), 12)).toBe("éééé…");
    expect(quoted("x".repeat(500)).length).toBeLessThanOrEqual(128);
  });
});

describe("words", () => {
  it.each([
    [{ host: "db.shop", port: 5432 }, "db.shop:5432"],
    [{ host: "10.0.0.1", port: 1 }, "10.0.0.1:1"],
    [{ host: "fd00::5", port: 9092 }, "[fd00::5]:9092"],
  ])("writes an endpoint as %j", (target, text) => expect(hostPort(target)).toBe(text));
  it.each([
    [15_000, "15 s"],
    [1500, "1.5 s"],
    [60, "0.06 s"],
    [300_000, "300 s"],
  ])("writes %d ms as %s", (ms, text) => expect(seconds(ms)).toBe(text));
});
