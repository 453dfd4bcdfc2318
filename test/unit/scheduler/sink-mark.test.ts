import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Condition, Sink } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { Progress } from "../../../capabilities/domain/outcome";
import { SINK_MARKER } from "../../../capabilities/domain/sinks/marker";
import { systemClock } from "../../../capabilities/lib/clock";
import { SinkMark } from "../../../capabilities/scheduler/sink-mark";
import { memoryLog } from "../kube/http/peer";

const WRITE_MS = 100;

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const progress = (attempts: number): Progress => ({
  reason: "Probing",
  attempts,
  message: "Attempt 1 runs.",
});

/** The mark of a sink in whose probe so many processes ended; each write takes 100 ms. */
function markAfter(interruptions: number, error?: Error) {
  const reason = interruptions === 1 ? "Probing" : `ProbingAfter${interruptions - 1}`;
  const marker = { type: SINK_MARKER, status: "True", reason, observedGeneration: 1 };
  const sink = {
    kind: "KollectDatabaseSink",
    metadata: { name: "orders", namespace: "shop", uid: "u", generation: 1 },
    spec: { type: "postgres" },
    status: { conditions: interruptions === 0 ? [] : [marker] },
  } as unknown as Sink;
  const writes: (readonly Condition[])[] = [];
  const log = memoryLog();
  const cluster = {
    applySinkConditions: async (_target: object, conditions: readonly Condition[]) => {
      writes.push(conditions);
      await systemClock().sleep(WRITE_MS);
      if (error) throw error;
      return "written" as const;
    },
  };
  const abort = new AbortController();
  const mark = new SinkMark(sink, { cluster, clock: systemClock(), log }, abort.signal);
  return { mark, writes, log, abort };
}

/** Milliseconds until a promise has resolved; Infinity after ten minutes. */
async function resolvesAfter(promise: Promise<unknown>): Promise<number> {
  const start = Date.now();
  let end = Infinity;
  void promise.then(() => (end = Date.now()));
  await vi.advanceTimersByTimeAsync(600_000);
  return end - start;
}

describe("the pause before a sink's own probe", () => {
  it.each([
    [0, 0, 0],
    [1, 0, 0],
    [2, 30_000, 60_000],
    [3, 60_000, 120_000],
  ])("after %d interruptions lasts from %d to %d ms", async (interruptions, least, most) => {
    const { mark, log } = markAfter(interruptions);
    const ms = await resolvesAfter(mark.pause());
    expect(ms).toBeGreaterThanOrEqual(least);
    expect(ms).toBeLessThanOrEqual(most);
    expect(log.lines).toHaveLength(least === 0 ? 0 : 1);
  });

  it("is logged with the sink, the interruptions and its length", async () => {
    const { mark, log } = markAfter(2);
    const ms = await resolvesAfter(mark.pause());
    const [, fields = ""] = /^warn the operator ended while .* (\{.*\})$/.exec(log.lines[0] ?? "") ?? [];
    expect(JSON.parse(fields)).toEqual({ namespace: "shop", name: "orders", interruptions: 2, pauseMs: ms });
  });

  it("ends with the run", async () => {
    const { mark, abort } = markAfter(2);
    const paused = expect(mark.pause()).rejects.toThrow("gone");
    abort.abort(new Error("gone"));
    await paused;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the marker", () => {
  it("is written once, when the first attempt has begun", () => {
    const { mark, writes } = markAfter(1);
    mark.progress(progress(0));
    expect(writes).toEqual([]);
    for (const attempts of [1, 1, 2]) mark.progress(progress(attempts));
    expect(writes.map(([marker]) => marker?.reason)).toEqual(["ProbingAfter1"]);
  });

  it("has been written before the verdict is", async () => {
    const { mark } = markAfter(0);
    expect(await resolvesAfter(mark.settled())).toBe(0);
    mark.progress(progress(1));
    expect(await resolvesAfter(mark.settled())).toBe(WRITE_MS);
  });

  it("that cannot be written is logged for debugging, and the verdict follows", async () => {
    const { mark, writes, log } = markAfter(0, new ClusterError("apply", 403, "Forbidden", "no rights"));
    mark.progress(progress(1));
    expect(await resolvesAfter(mark.settled())).toBe(WRITE_MS);
    mark.progress(progress(2));
    expect(writes).toHaveLength(1);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(
      /^debug a probe was not marked .*"namespace":"shop","name":"orders".*no rights/,
    );
  });
});
