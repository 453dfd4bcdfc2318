import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { makeTest } from "../../fixtures/make-test";
import { generation, later, outcome, RunsBench, turn, unanswered, withVerdict } from "./worlds/runs";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const TEST = makeTest({ spec: { ttlSecondsAfterFinished: 60 } });
const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

function changed(metadata: Partial<KollectConnectionTest["metadata"]>): KollectConnectionTest {
  return { ...TEST, metadata: { ...TEST.metadata, ...metadata } };
}

describe("a test that is shown", () => {
  it("is probed once for each generation, with its limits and the sink's known revision", async () => {
    const bench = new RunsBench();
    const revision = { uid: "sink", generation: 3 };
    bench.sinks.set(TARGET, revision);
    await bench.observe(makeTest({ spec: { timeoutSeconds: 7, retryLimit: 2 } }));
    await bench.observe(makeTest({ spec: { timeoutSeconds: 7, retryLimit: 2 } }));
    const limits = { timeoutSeconds: 7, retryLimit: 2 };
    expect(bench.probes.map(({ request }) => request)).toEqual([
      { target: TARGET, ...limits, seen: revision },
    ]);
    expect(bench.runs.size).toBe(1);
  });

  it("is not probed when the reaper knows a verdict on its generation", async () => {
    const bench = new RunsBench();
    bench.done.set("uid-1", 1);
    await bench.observe(TEST);
    expect(bench.probes).toEqual([]);
    await bench.observe(generation(2));
    expect(bench.probes).toHaveLength(1);
  });

  it("replaces the run of its older generation, whose end does not end the new run", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    await bench.observe(generation(2));
    expect(bench.probes.map(({ participant }) => participant.signal.aborted)).toEqual([true, false]);
    expect(bench.runs.size).toBe(1);
    expect(bench.forgotten).toEqual(["uid-1", "uid-1"]);
  });

  it.each<readonly [string, KollectConnectionTest]>([
    ["without a verdict", TEST],
    ["with a verdict", withVerdict(TEST, "probe")],
  ])("in an older state %s changes nothing", async (_what, older) => {
    const bench = new RunsBench();
    await bench.observe(generation(2));
    await bench.observe(older);
    expect(bench.probes.map(({ participant }) => participant.signal.aborted)).toEqual([false]);
    expect({ held: bench.held, finished: bench.finished }).toEqual({ held: [], finished: [] });
  });

  it("with a verdict on a newer generation ends its run and is held", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    const shown = withVerdict(generation(2, TEST), "another");
    await bench.observe(shown);
    expect(bench.probes[0]?.participant.signal.aborted).toBe(true);
    expect(bench.runs.size).toBe(0);
    expect(bench.held).toEqual([{ uid: "uid-1", generation: 2, at: NOW + 60_000 }]);
    expect(bench.finished).toEqual([shown]);
  });

  it("as finished and retained has no time to be deleted", async () => {
    const bench = new RunsBench();
    await bench.observe(withVerdict(changed({ annotations: { "kollect.dev/retain": "true" } })));
    expect(bench.held).toEqual([{ uid: "uid-1", generation: 1, at: Infinity }]);
  });

  it("as being deleted ends its run, and is forgotten for ever", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    await bench.observe(changed({ deletionTimestamp: "2026-03-01T12:00:00Z" }));
    expect(bench.probes[0]?.participant.signal.aborted).toBe(true);
    expect(bench.runs.size).toBe(0);
    expect(bench.forgotten).toEqual(["uid-1", "uid-1"]);
    await bench.observe(generation(2));
    expect(bench.probes).toHaveLength(1);
  });
});

it("starts nothing for an older state of a test that is gone", async () => {
  const bench = new RunsBench();
  await bench.reachVerdict(TEST);
  bench.runs.forget("uid-1");
  await bench.observe(TEST);
  const { probes, runs } = bench;
  expect({ probes: probes.length, runs: runs.size, unseen: runs.unseen }).toEqual({
    probes: 1,
    runs: 0,
    unseen: 0,
  });
});

it("ends every run when the process stops, and starts no other", async () => {
  const bench = new RunsBench(unanswered);
  await bench.reachVerdict(TEST);
  bench.runs.stop();
  expect(bench.records).toEqual(["OperatorEnded"]);
  await bench.observe(makeTest({ metadata: { uid: "another" } }));
  expect(bench.probes).toHaveLength(1);
});

describe("a test that may have been deleted", () => {
  it.each<readonly [string, KollectConnectionTest | undefined]>([
    ["is not found", undefined],
    ["was created again", makeTest({ metadata: { uid: "uid-2" } })],
  ])("is forgotten when it %s", async (_what, current) => {
    const bench = new RunsBench();
    bench.read = () => Promise.resolve(current);
    await bench.observe(TEST);
    await bench.runs.verify(TEST);
    expect(bench.probes.map(({ participant }) => participant.signal.aborted)).toEqual([true]);
    expect(bench.runs.size).toBe(0);
  });

  it("is taken as read when it exists", async () => {
    const bench = new RunsBench();
    bench.read = () => Promise.resolve(generation(2));
    await bench.observe(TEST);
    await bench.runs.verify(TEST);
    await turn();
    expect(bench.probes.map(({ participant }) => participant.signal.aborted)).toEqual([true, false]);
  });
});

describe("the CRD of another installer, which drops the probe's id,", () => {
  const warnings = (bench: RunsBench): number =>
    bench.log.lines.filter((line) => /^warn the installed CRD .* drops parts of the status/.test(line))
      .length;

  it("is reported once, when a written verdict is shown without it", async () => {
    const bench = new RunsBench();
    for (const uid of ["uid-1", "uid-2"]) {
      await bench.reachVerdict(changed({ uid }));
      await bench.observe(withVerdict(changed({ uid })));
    }
    expect(warnings(bench)).toBe(1);
  });

  it("is reported when the watch shows the verdict before the write returns", async () => {
    const bench = new RunsBench(unanswered);
    await bench.reachVerdict(TEST);
    await bench.observe(withVerdict(TEST));
    expect(warnings(bench)).toBe(1);
  });

  it("is not reported for a complete verdict, or for one that another process wrote", async () => {
    const bench = new RunsBench();
    await bench.reachVerdict(TEST);
    await bench.observe(withVerdict(TEST, "probe"));
    await bench.observe(withVerdict(changed({ uid: "uid-2" })));
    expect(warnings(bench)).toBe(0);
  });
});

describe("a verdict that the write finds superseded", () => {
  it("leads to a probe of the generation that a read shows", async () => {
    const bench = new RunsBench(() => Promise.resolve("superseded"));
    bench.read = () => Promise.resolve(generation(2));
    await bench.reachVerdict(TEST);
    expect(bench.records).toEqual(["TestChanged"]);
    expect({ probes: bench.probes.length, reads: bench.reads, held: bench.held }).toEqual({
      probes: 2,
      reads: 1,
      held: [],
    });
    expect(bench.runs.unseen).toBe(0);
  });

  it("leads to another probe of the same generation when a read shows no other", async () => {
    const bench = new RunsBench(() => Promise.resolve("superseded"));
    bench.read = () => Promise.resolve(TEST);
    await bench.reachVerdict(TEST);
    expect(bench.probes).toHaveLength(2);
  });

  it("leads to nothing when a read does not find the test", async () => {
    const bench = new RunsBench(() => Promise.resolve("superseded"));
    await bench.reachVerdict(TEST);
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ writes: bench.writes.length, runs: bench.runs.size, log: bench.log.lines }).toEqual({
      writes: 1,
      runs: 0,
      log: [],
    });
  });

  it("does not disturb the newer run that began during the read", async () => {
    const bench = new RunsBench(() => Promise.resolve("superseded"));
    const { answer, give } = later<KollectConnectionTest | undefined>();
    bench.read = answer;
    await bench.reachVerdict(TEST);
    await bench.observe(generation(2));
    await give(generation(2));
    expect(bench.probes.map(({ participant }) => participant.signal.aborted)).toEqual([true, false]);
    expect(bench.runs.size).toBe(1);
  });
});

it("forgets a test whose verdict finds it gone", async () => {
  const bench = new RunsBench(() => Promise.resolve("gone"));
  await bench.reachVerdict(TEST);
  await bench.observe(generation(2));
  expect(bench.records).toEqual(["TestDeleted"]);
  expect({ probes: bench.probes.length, reads: bench.reads, held: bench.held }).toEqual({
    probes: 1,
    reads: 0,
    held: [],
  });
});

describe("a fault during the probe", () => {
  it("is logged, and the run dials again after a growing pause", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    const waits: number[] = [];
    for (let fault = 1; fault <= 4; fault += 1) {
      const before = Date.now();
      bench.probes.at(-1)?.fail(new Error(`fault ${fault}`));
      while (bench.probes.length === fault) await vi.advanceTimersByTimeAsync(100);
      waits.push((Date.now() - before) / (1000 * 2 ** (fault - 1)));
    }
    expect(waits.every((part) => part >= 0.5 && part <= 1.1)).toBe(true);
    expect(bench.log.lines).toHaveLength(4);
    expect(bench.log.lines[0]).toMatch(
      /^error a run ended without a verdict.*"name":"probe".*"Error: fault 1"/,
    );
    await bench.endProbe();
    expect(bench.records).toEqual(["probe"]);
  });

  it("is recorded with what was dialled, and so is the verdict that follows", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    const dialled = { startedAt: NOW, attempts: 1, secrets: [], endpoint: "db.shop:5432" };
    bench.probes[0]?.participant.left(dialled, { probeId: "first", sharedBy: 2 });
    bench.probes[0]?.fail(new Error("a fault"));
    await vi.advanceTimersByTimeAsync(1_000);
    const { participant } = bench.probes[1] ?? {};
    await bench.endProbe();
    expect(bench.aborted).toMatchObject([
      { why: "OperatorFailed", outcome: { probeId: "first", sharedBy: 2, attempts: 1 } },
    ]);
    expect(bench.records).toEqual(["probe", "OperatorFailed"]);
    participant?.left(dialled, { probeId: "second", sharedBy: 1 });
    expect(bench.records).toHaveLength(2);
  });

  it("is no fault when the run was ended", async () => {
    const bench = new RunsBench();
    await bench.observe(TEST);
    bench.runs.forget("uid-1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bench.log.lines).toEqual([]);
  });
});

it("probes a sink again that changed meanwhile, and records the outcome that is not reported", async () => {
  const bench = new RunsBench();
  bench.sinks.set(TARGET, { uid: "sink", generation: 1 });
  await bench.observe(TEST);
  bench.sinks.set(TARGET, { uid: "sink", generation: 2 });
  const sink = { kind: TARGET.kind, name: "orders", uid: "sink", type: "postgres" as const };
  await bench.endProbe(outcome({ probeId: "old", sink: { ...sink, generation: 1 } }));
  await bench.endProbe(outcome({ probeId: "new", sink: { ...sink, generation: 2 } }));
  expect(bench.records).toEqual(["new", "SinkChanged"]);
});
