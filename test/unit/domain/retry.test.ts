import { describe, expect, it } from "vitest";
import { CAUSES, TRANSIENT_CAUSES, type Cause } from "../../../capabilities/api/vocabulary";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { isRetried } from "../../../capabilities/domain/retry";

describe("a probe is tried again", () => {
  const failure = (cause?: Cause) => ({
    reason: "ConnectionTestFailed" as const,
    message: "It failed.",
    ...(cause ? { cause } : {}),
  });

  it.each(CAUSES)("after %s only when that is transient", (cause) => {
    expect(isRetried(failure(cause), 1, 1)).toBe(TRANSIENT_CAUSES.has(cause));
  });

  it.each([
    ["as often as the limit says", 1, 2, true],
    ["up to the limit", 2, 2, true],
    ["and not beyond it", 3, 2, false],
    ["not at all with a limit of 0", 1, 0, false],
  ])("%s", (_how, attempt, limit, expected) => {
    expect(isRetried(failure("TimedOut"), attempt, limit)).toBe(expected);
  });

  it("neither without a failure nor without a cause", () => {
    expect([isRetried(undefined, 1, 5), isRetried(failure(), 1, 5)]).toEqual([false, false]);
  });
});

describe("a call to the API server", () => {
  const cases: [status: number, reason: string, transient: boolean][] = [
    [0, "ECONNREFUSED", true],
    [0, "TimedOut", true],
    [0, "InvalidName", false],
    [0, "TooLarge", false],
    [0, "BadResponse", false],
    [0, "Closed", false],
    [429, "TooManyRequests", true],
    [500, "InternalError", true],
    [503, "TooLarge", true],
    [499, "Unknown", false],
    [404, "NotFound", false],
    [403, "Forbidden", false],
  ];
  it.each(cases)(
    "that failed with status %i and reason %s may succeed later: %s",
    (status, reason, expected) => {
      expect(new ClusterError("get", status, reason, "no").transient).toBe(expected);
    },
  );
});
