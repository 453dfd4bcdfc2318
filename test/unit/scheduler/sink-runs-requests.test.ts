import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MIN_INTERVAL_MS, PROBE_MS, sinkOf, SinkWorld, TARGET } from "./worlds/sink-runs";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const settle = (ms = 10 * PROBE_MS): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("which sinks are probed", () => {
  it.each([
    ["none that requests no probe", sinkOf(), 0],
    ["one that requests it for every generation", sinkOf({ connectionTest: true }), 1],
    ["one with the annotation", sinkOf({ annotated: true }), 1],
  ])("%s", async (_what, sink, probes) => {
    const world = new SinkWorld();
    world.show(sink);
    await settle();
    expect(world.requests).toHaveLength(probes);
  });

  it.each([
    [300, 15],
    [5, 5],
  ])("with a maximum of %d seconds, within %d", async (maximum, timeoutSeconds) => {
    const world = new SinkWorld(maximum);
    world.show(sinkOf({ annotated: true }));
    await settle();
    const seen = { uid: "u", generation: 1 };
    expect(world.requests).toEqual([{ target: TARGET, seen, timeoutSeconds, retryLimit: 0 }]);
  });

  it.each([
    ["the same", 2],
    ["an older", 1],
  ])("not again while a probe runs and %s generation is shown", async (_what, generation) => {
    const world = new SinkWorld();
    world.show(sinkOf({ connectionTest: true, generation: 2 }));
    world.runs.observe(sinkOf({ connectionTest: true, generation }));
    await settle(PROBE_MS / 2);
    expect(world.requests).toHaveLength(1);
    world.stored = sinkOf({ generation: 2 });
    await settle();
    expect({ records: world.records.length, requests: world.requests.length }).toEqual({
      records: 1,
      requests: 1,
    });
  });

  it("in the newer generation, whose probe replaces the one that runs", async () => {
    const world = new SinkWorld();
    world.show(sinkOf({ connectionTest: true }));
    await settle(PROBE_MS / 2);
    world.show(sinkOf({ connectionTest: true, generation: 2 }));
    await settle(0);
    world.show(sinkOf({ connectionTest: true, generation: 2 }));
    world.stored = sinkOf({ generation: 2 });
    await settle();
    expect(world.requests.map(({ seen }) => seen?.generation)).toEqual([1, 2]);
    expect(world.records.map(({ aborted }) => aborted)).toEqual(["SinkChanged", undefined]);
    expect(world.verdicts).toHaveLength(1);
    expect(world.log.lines).toEqual([]);
  });
});

describe("an annotation", () => {
  it("is removed after its probe, from the sink that was probed", async () => {
    const world = new SinkWorld();
    world.show(sinkOf({ annotated: true }));
    await settle();
    expect(world.removed).toEqual([{ ...TARGET, uid: "u", annotation: "kollect.dev/test-connection" }]);
  });

  it("is not removed for a sink that requests a probe for every generation", async () => {
    const world = new SinkWorld();
    world.show(sinkOf({ connectionTest: true }));
    await settle();
    expect(world.verdicts).toHaveLength(1);
    expect(world.removed).toEqual([]);
  });

  it("that comes back within the interval stays ignored until it is removed", async () => {
    const world = new SinkWorld();
    world.show(sinkOf({ annotated: true }));
    await settle();
    for (const ms of [1000, 1000, 2 * MIN_INTERVAL_MS]) {
      world.show(sinkOf({ annotated: true }));
      await settle(ms);
    }
    world.show(sinkOf({ annotated: true }));
    await settle();
    expect(world.requests).toHaveLength(1);
    world.show(sinkOf());
    world.show(sinkOf({ annotated: true }));
    await settle();
    expect(world.requests).toHaveLength(2);
  });

  it.each([
    ["after the interval", 1, MIN_INTERVAL_MS],
    ["with another generation", 2, 0],
  ])("that comes back %s is answered", async (_what, generation, ms) => {
    const world = new SinkWorld();
    world.show(sinkOf({ annotated: true }));
    await settle();
    await settle(ms);
    world.show(sinkOf({ annotated: true, generation }));
    await settle();
    expect(world.requests).toHaveLength(2);
  });
});

describe("a sink that was shown again during its probe is read after it", () => {
  const duringProbe = async (): Promise<SinkWorld> => {
    const world = new SinkWorld();
    world.show(sinkOf({ connectionTest: true }));
    await settle(PROBE_MS / 2);
    world.runs.observe(sinkOf({ connectionTest: true }));
    return world;
  };

  it.each([
    ["and was deleted", undefined],
    ["and was recreated, which its own event shows", sinkOf({ connectionTest: true, uid: "another" })],
  ])("%s: nothing is written or logged", async (_what, stored) => {
    const world = await duringProbe();
    world.stored = stored;
    await settle();
    const { requests, applied, log, reads } = world;
    expect({ requests: requests.length, applied, log: log.lines, reads }).toEqual({
      ...{ requests: 1, applied: [], log: [], reads: 2 },
    });
  });

  it("and the error is logged when that fails for good", async () => {
    const world = await duringProbe();
    world.readError = new Error("no rights");
    await settle();
    expect(world.log.lines).toHaveLength(2);
    expect(world.log.lines[1]).toMatch(
      /^error a sink that changed while it was probed could not be read .*"name":"orders".*no rights/,
    );
  });
});
