import { expect } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { expectInOrder } from "./phases";

/** Shorter secrets would be found by chance in any text. */
const SHORTEST = 6;

/** Every spelling in which a secret could be shown. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/** Checks what holds for every report: no secret in any spelling, messages that status may carry, phases in order. */
export function expectClean(report: ProbeReport, secrets: readonly string[]): void {
  const text = JSON.stringify(report);
  for (const secret of secrets) {
    if (secret.length < SHORTEST) throw new Error("secrets of tests have at least 6 characters, to be found");
    const shown = spellings(secret).filter((spelling) => text.includes(spelling));
    expect(shown, "a secret is in the report").toEqual([]);
  }
  const message = report.failure?.message ?? "";
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
  expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(report.failure?.cause, message).not.toBe("Internal");
  expect(report.endpoint).not.toMatch(/[@?]/);
  expect(report.latencyMs).toBeGreaterThanOrEqual(0);
  expectInOrder(report.phases);
}
