import { describe, expect, it } from "vitest";
import { interruptionOf, pauseProgress } from "../../../capabilities/domain/interruption";
import type { Progress } from "../../../capabilities/domain/outcome";
import { progressStatus } from "../../../capabilities/domain/status";
import { makeTest } from "../../fixtures/make-test";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const PROBING: Progress = {
  reason: "Probing",
  startedAt: NOW,
  attempts: 1,
  message: "Attempt 1 is running.",
};

function left(progress: Progress, interruptions = 0, generation = 1) {
  const status = progressStatus(makeTest(), progress, { now: NOW, requestedBy: "ann", interruptions });
  return makeTest({ metadata: { generation }, status });
}

describe("what a process that ended left of a run", () => {
  it.each<readonly [what: string, test: ReturnType<typeof makeTest>, count: number]>([
    ["an attempt that was running", left(PROBING), 1],
    ["another one", left(PROBING, 1), 2],
    ["one of a generation before", left(PROBING, 1, 2), 0],
    ["a run that had not begun to dial", left({ ...PROBING, attempts: 0 }), 0],
    ["a wait for the sink", left({ ...PROBING, reason: "WaitingForSink", attempts: 0 }, 1), 1],
    ["a wait before the next attempt", left({ ...PROBING, reason: "RetryBackoff" }, 1), 1],
    ["no progress", makeTest(), 0],
  ])("%s counts", (_what, test, count) => {
    expect(interruptionOf(test)).toEqual({ count });
  });

  it("a pause keeps its count and its beginning", () => {
    const paused = left(pauseProgress(2, { since: NOW, until: NOW + 60_000 }), 2);
    expect(interruptionOf(paused)).toEqual({ count: 2, pausedSince: NOW });
  });

  it("a verdict ends the count", () => {
    const test = left(PROBING, 1);
    expect(interruptionOf({ ...test, status: { ...test.status, completed: true } })).toEqual({ count: 0 });
  });
});
