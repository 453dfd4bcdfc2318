import { describe, expect, it } from "vitest";
import { retryAfterMs, retryDelay, type FailedAttempt } from "../../../../capabilities/kube/http/retry";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const least = { attempt: 1, now: NOW, random: () => 0 };
const most = { attempt: 1, now: NOW, random: () => 0.999_999 };

describe("retryDelay", () => {
  it.each([429, 500, 502, 503, 504])("tries again after %d", (status) => {
    expect(retryDelay({ kind: "answer", status }, least)).toBe(50);
    expect(retryDelay({ kind: "answer", status }, most)).toBeCloseTo(100, 1);
  });

  it.each([400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 501, 505])(
    "does not try again after %d",
    (status) => {
      expect(retryDelay({ kind: "answer", status, retryAfter: "1" }, least)).toBeUndefined();
    },
  );

  it.each(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"])(
    "tries again after %s",
    (code) => {
      expect(retryDelay({ kind: "broken", code }, least)).toBe(50);
    },
  );

  it.each([
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ENOENT",
    "Unknown",
  ])("does not try again after %s", (code) => {
    expect(retryDelay({ kind: "broken", code }, least)).toBeUndefined();
  });

  it("waits at least as long as the server asks, and at most a quarter longer", () => {
    const asked: FailedAttempt = { kind: "answer", status: 429, retryAfter: "7" };
    expect(retryDelay(asked, least)).toBe(7_000);
    expect(retryDelay(asked, most)).toBeCloseTo(8_750, 1);
  });

  it("doubles the wait from 100 ms to 5 s, half of it random", () => {
    const delays = Array.from({ length: 9 }, (_, index) =>
      retryDelay({ kind: "broken", code: "ECONNRESET" }, { ...least, attempt: index + 1, random: () => 1 }),
    );
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  });
});

describe("retryAfterMs", () => {
  it.each([
    ["1", 1_000],
    ["0", 0],
    [" 120 ", 120_000],
    ["Thu, 01 Jan 2026 00:00:03 GMT", 3_000],
    ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
    ["", undefined],
    ["soon", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["99999999999999", undefined],
    ["Thu, 99 Foo 2026 GMT", undefined],
    [undefined, undefined],
  ])("reads %j as %j", (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
