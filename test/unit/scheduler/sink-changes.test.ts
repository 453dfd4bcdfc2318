import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { outcomeAt, START, World } from "./worlds/sink-changes";

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10_000);

describe("a finished test whose sink is edited", () => {
  it("says SinkGeneration once, however often it is edited, and keeps its verdict", async () => {
    const world = new World();
    world.put("gate", undefined);
    const before = world.tests.get("gate")?.status;
    for (const generation of [3, 4, 5, 6]) {
      world.sinkShown(generation);
      await settle();
    }
    const { conditions = [], ...status } = world.tests.get("gate")?.status ?? {};
    expect(world.writes).toEqual(["gate"]);
    expect({ ...status, conditions: conditions.filter(({ type }) => type !== "SinkChanged") }).toEqual(
      before,
    );
    expect(conditions.at(-1)).toEqual({
      type: "SinkChanged",
      status: "True",
      reason: "SinkGeneration",
      message:
        "The sink changed: generation 3 was probed. Request another run with a new value of kollect.dev/requested-at.",
      lastTransitionTime: "2026-03-01T12:00:10Z",
      observedGeneration: 1,
    });
  });

  it("says it also when the sink was shown before the verdict", async () => {
    const world = new World();
    world.sinkShown(4);
    world.put("gate", undefined);
    await settle();
    expect(world.said("gate")).toBe("SinkGeneration");
  });

  it("says nothing while the watch is behind what was probed", async () => {
    const world = new World();
    world.sinkShown(2);
    world.put("gate", undefined);
    await settle();
    expect(world.writes).toEqual([]);
  });

  it.each([
    ["was recreated", "another", "SinkGeneration"],
    ["is the same, and the watch showed an older one", "sink", undefined],
  ])("reads a sink of another UID, which %s", async (_what, uid, said) => {
    const world = new World();
    world.sinkUid = uid;
    world.put("gate", undefined);
    world.sinkShown(1, "another");
    await settle();
    expect(world.said("gate")).toBe(said);
  });

  it("is not written when a new run began meanwhile", async () => {
    const world = new World();
    world.put("gate", undefined);
    world.sinkShown(4);
    world.changes.forget("uid-gate");
    await settle();
    expect({ writes: world.writes, held: world.changes.size }).toEqual({ writes: [], held: 0 });
  });

  it("is written once the API server answers again", async () => {
    const world = new World();
    world.put("gate", undefined);
    world.failures = 3;
    world.sinkShown(4);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.writes).toEqual(["gate"]);
  });

  it("shares the API server: a thousand tests are written at 40 a second", async () => {
    const world = new World();
    for (let index = 0; index < 1000; index += 1) world.put(`gate-${index}`, undefined);
    for (const generation of [4, 5, 6]) world.sinkShown(generation);
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.writes.length).toBeGreaterThan(30);
    expect(world.writes.length).toBeLessThanOrEqual(41);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(new Set(world.writes).size).toBe(1000);
    expect(world.writes.length).toBe(1000);
  });
});

describe("a finished test whose Secret changed", () => {
  it.each([
    ["a later probe read another version", outcomeAt(START + 5000, "2"), "SecretVersion"],
    ["a later probe read the same version", outcomeAt(START + 5000, "1"), undefined],
    ["a probe that began before its verdict read another version", outcomeAt(START, "2"), undefined],
  ])("when %s", async (_what, outcome, said) => {
    const world = new World();
    world.put("gate", undefined);
    world.changes.secretsRead(outcome);
    await settle();
    expect(world.said("gate")).toBe(said);
  });

  it("says SinkGeneration when the sink changes as well, and not the other way round", async () => {
    const world = new World();
    world.put("gate", undefined);
    world.changes.secretsRead(outcomeAt(START + 5000, "2"));
    await settle();
    world.sinkShown(4);
    await settle();
    world.changes.secretsRead(outcomeAt(START + 50_000, "3"));
    await settle();
    expect(world.said("gate")).toBe("SinkGeneration");
    expect(world.writes).toEqual(["gate", "gate"]);
  });
});
