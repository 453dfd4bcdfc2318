import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { WriteResult } from "../../../capabilities/domain/ports";
import { makeTest } from "../../fixtures/make-test";
import { generation, later, RunsBench, turn, unanswered, withVerdict } from "./worlds/runs";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const ASKED = { annotations: { "kollect.dev/requested-by": "alice" } };
const TEST = makeTest({ metadata: ASKED, spec: { ttlSecondsAfterFinished: 60 } });

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

/** Refuses this many writes, and takes the following ones. */
function refusing(count: number): () => Promise<WriteResult> {
  let left = count;
  return () =>
    left-- > 0
      ? Promise.reject(new ClusterError("patch", 403, "Forbidden", "a policy forbids it"))
      : Promise.resolve("written");
}

/** A test in whose probe so many processes ended. */
function interrupted(count: number, test = TEST): KollectConnectionTest {
  const finished = { type: "Finished", status: "False" as const, reason: "Probing", message: "It runs." };
  const conditions = [{ ...finished, observedGeneration: 1, lastTransitionTime: "2026-03-01T11:59:00Z" }];
  const status = {
    completed: false,
    observedGeneration: -1,
    attempts: 1,
    interruptions: count - 1,
    conditions,
  };
  return { ...test, status };
}

describe("a written verdict", () => {
  it("names the user who asked for it, and ends the run", async () => {
    const bench = new RunsBench();
    await bench.reachVerdict(TEST);
    expect(bench.writes.map(({ status }) => status)).toMatchObject([
      { completed: true, probeId: "probe", requestedBy: "alice" },
    ]);
    expect(bench.records).toEqual(["probe"]);
    expect(bench.runs.size).toBe(0);
  });

  it("is held for its time to live at once, and for ever when the test is retained", async () => {
    const bench = new RunsBench();
    await bench.reachVerdict(TEST);
    const annotations = { "kollect.dev/retain": "true" };
    await bench.reachVerdict(makeTest({ metadata: { uid: "uid-2", annotations } }));
    expect(bench.held).toEqual([
      { uid: "uid-1", generation: 1, at: NOW + 60_000 },
      { uid: "uid-2", generation: 1, at: Infinity },
    ]);
  });

  it("is waited for until the watch shows it, and is overdue after 15 seconds", async () => {
    const bench = new RunsBench();
    await bench.reachVerdict(TEST);
    expect(bench.runs.unseen).toBe(1);
    expect([bench.runs.overdueVerdicts(15_000), bench.runs.overdueVerdicts(1)]).toEqual([0, 1]);
    await bench.observe(withVerdict(TEST, "probe"));
    expect(bench.runs.unseen).toBe(0);
    expect(bench.runs.overdueVerdicts(60_000)).toBe(0);
  });

  it("is not waited for when its generation is over", async () => {
    const bench = new RunsBench();
    await bench.reachVerdict(TEST);
    await bench.observe(generation(2));
    expect(bench.runs.unseen).toBe(0);
  });

  it("is not held when a newer generation began before its answer came", async () => {
    const { answer, give } = later<WriteResult>();
    const bench = new RunsBench(answer);
    await bench.reachVerdict(TEST);
    await bench.observe(generation(2, TEST));
    await give("written");
    expect({ held: bench.held, unseen: bench.runs.unseen, runs: bench.runs.size }).toEqual({
      held: [],
      unseen: 0,
      runs: 1,
    });
  });

  it.each<readonly [what: string, startedAfterMs: number, slotMs: number, waitedMs: number]>([
    ["that joined a probe which waited", 300, 200, 500],
    ["whose probe started at once", 0, 0, 0],
    ["whose clock was set back", -5_000, 200, 200],
  ])("says how long its run waited: one %s", async (_what, startedAfterMs, slotMs, waitedMs) => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    await vi.advanceTimersByTimeAsync(1_000);
    await bench.endProbe({ startedAt: NOW + startedAfterMs, waitedMs: slotMs });
    expect(bench.verdicts.map((verdict) => verdict.waitedMs)).toEqual([waitedMs]);
  });
});

describe("a verdict that the watch shows before its write returns", () => {
  it("does not end the run, and is recorded and held once", async () => {
    const { answer, give } = later<WriteResult>();
    const bench = new RunsBench(answer);
    await bench.reachVerdict(TEST);
    await bench.observe(withVerdict(TEST, "probe"));
    expect(bench.records).toEqual([]);
    expect(bench.probes[0]?.participant.signal.aborted).toBe(false);
    await give("written");
    expect({ records: bench.records, held: bench.held.length, unseen: bench.runs.unseen }).toEqual({
      records: ["probe"],
      held: 1,
      unseen: 0,
    });
  });

  it.each<WriteResult>(["superseded", "gone"])(
    "is recorded as a verdict when the answer is %s",
    async (result) => {
      const { answer, give } = later<WriteResult>();
      const bench = new RunsBench(answer);
      await bench.reachVerdict(TEST);
      await bench.observe(withVerdict(TEST, "probe"));
      await give(result);
      expect(bench.records).toEqual(["probe"]);
    },
  );

  it.each<readonly [string, (bench: RunsBench) => void]>([
    ["is deleted", ({ runs }) => runs.forget("uid-1")],
    ["is changed", ({ runs }) => runs.observe(generation(2))],
  ])("is recorded as a verdict when the answer is lost and the test %s", async (_what, then) => {
    const bench = new RunsBench(unanswered);
    await bench.reachVerdict(TEST);
    await bench.observe(withVerdict(TEST, "probe"));
    then(bench);
    expect(bench.records).toEqual([]);
    await turn();
    expect(bench.records).toEqual(["probe"]);
    expect(bench.log.lines).toEqual([]);
  });

  it("is recorded before the process ends", async () => {
    const bench = new RunsBench(unanswered);
    await bench.reachVerdict(TEST);
    await bench.observe(withVerdict(TEST, "probe"));
    bench.runs.stop();
    expect(bench.records).toEqual(["OperatorEnded"]);
  });
});

it.each<readonly [string, string, (bench: RunsBench) => void]>([
  ["is deleted", "TestDeleted", ({ runs }) => runs.forget("uid-1")],
  ["is changed", "TestChanged", ({ runs }) => runs.observe(generation(2))],
])("records once that a test %s while its verdict is written", async (_what, why, then) => {
  const { answer, give } = later<WriteResult>();
  const bench = new RunsBench(answer);
  await bench.reachVerdict(TEST);
  then(bench);
  expect(bench.records).toEqual([why]);
  await give("gone");
  expect(bench.records).toEqual([why]);
});

describe("a refused verdict", () => {
  it("is written again after a growing pause, logged, and does not cause another probe", async () => {
    const bench = new RunsBench(refusing(3));
    await bench.reachVerdict(TEST);
    await vi.advanceTimersByTimeAsync(60_000);
    const waits = bench.writes.slice(1).map(({ atMs }, index) => atMs - (bench.writes[index]?.atMs ?? 0));
    expect(waits.map((ms, index) => ms >= 500 * 2 ** index && ms <= 1000 * 2 ** index)).toEqual([
      true,
      true,
      true,
    ]);
    expect({ probes: bench.probes.length, records: bench.records }).toEqual({
      probes: 1,
      records: ["probe"],
    });
    expect(bench.log.lines).toHaveLength(3);
  });

  it("does not repeat the pause that preceded its probe", async () => {
    const bench = new RunsBench(() => Promise.resolve("written"));
    await bench.observe(interrupted(2));
    await vi.advanceTimersByTimeAsync(60_000);
    bench.write = refusing(1);
    await bench.endProbe();
    await vi.advanceTimersByTimeAsync(1_000);
    expect({ paused: bench.paused.length, records: bench.records }).toEqual({
      paused: 1,
      records: ["probe"],
    });
  });
});

describe("a run shows its progress:", () => {
  it("a test with an older verdict says at once that it runs again", async () => {
    const bench = new RunsBench();
    const shown = withVerdict(TEST, "old");
    await bench.observe({ ...shown, metadata: { ...shown.metadata, generation: 2 } });
    expect(bench.writes.map(({ status }) => status)).toMatchObject([
      { completed: false, observedGeneration: 1, attempts: 0, requestedBy: "alice" },
    ]);
    const finished = bench.writes[0]?.status.conditions?.find(({ type }) => type === "Finished");
    expect(finished).toMatchObject({
      reason: "Probing",
      message: expect.stringContaining("A new run") as string,
    });
  });

  it("a test without one writes nothing before its verdict", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    expect(bench.writes).toEqual([]);
  });

  it("what the probe reports is written, with the number of interruptions", async () => {
    const bench = new RunsBench();
    await bench.observe(interrupted(1));
    bench.probes[0]?.participant.progress({ reason: "RetryBackoff", attempts: 1, message: "It failed." });
    await turn();
    expect(bench.writes.map(({ status }) => status)).toMatchObject([{ attempts: 1, interruptions: 1 }]);
  });

  it("a run in which two processes ended waits before it dials", async () => {
    const bench = new RunsBench();
    await bench.observe(interrupted(2));
    expect(bench.writes.map(({ status }) => status)).toMatchObject([{ attempts: 0, interruptions: 2 }]);
    expect({ paused: bench.paused.length, probes: bench.probes.length }).toEqual({ paused: 1, probes: 0 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bench.probes).toHaveLength(1);
  });

  it("a spec without a sink gets its verdict at once, whatever happened before", async () => {
    const bench = new RunsBench();
    await bench.observe(interrupted(2, makeTest({ spec: { sinkRef: {} } })));
    expect(bench.writes.map(({ status }) => status)).toMatchObject([{ completed: true, attempts: 0 }]);
    expect({ paused: bench.paused, probes: bench.probes }).toEqual({ paused: [], probes: [] });
    expect(bench.verdicts).toMatchObject([{ outcome: { failure: { reason: "InvalidSinkRef" } } }]);
  });
});
