import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { finished, outcomeAt, START, World } from "./worlds/sink-changes";

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10_000);

/** A world with finished tests of these names. */
function worldOf(...names: string[]): World {
  const world = new World();
  for (const name of names) world.put(name, undefined);
  return world;
}

describe("a finished test that needs no write costs no call", () => {
  it.each([
    ["shown before the verdict in the probed generation", 3],
    ["not yet shown in the probed generation", 2],
  ])("when its sink was %s", async (_what, generation) => {
    const world = new World();
    world.sinkShown(generation);
    world.put("gate", undefined);
    world.sinkShown(generation);
    await settle();
    expect(world.calls).toBe(0);
  });

  it("when its sink is edited again", async () => {
    const world = worldOf("gate");
    world.sinkShown(4);
    await settle();
    const { calls } = world;
    world.sinkShown(5);
    await settle();
    expect(world.calls).toBe(calls);
  });

  it("when a late event shows its state from before the write", async () => {
    const world = worldOf("gate");
    world.sinkShown(4);
    await settle();
    const { calls } = world;
    world.changes.observe(finished("gate"));
    await settle();
    expect(world.calls).toBe(calls);
  });
});

describe("a pending write", () => {
  it("stays pending when its test is observed again", async () => {
    const world = worldOf("first", "second");
    world.changes.secretsRead(outcomeAt(START + 5000, "2"));
    world.changes.observe(finished("second"));
    await settle();
    expect(world.writes).toEqual(["first", "second"]);
  });

  it("names the sink when its Secret changes as well", async () => {
    const world = worldOf("first", "second");
    world.sinkShown(4);
    world.changes.secretsRead(outcomeAt(START + 5000, "2"));
    await settle();
    expect([world.said("first"), world.said("second")]).toEqual(["SinkGeneration", "SinkGeneration"]);
    expect(world.writes).toEqual(["first", "second"]);
  });

  it.each<[string, KollectConnectionTest | undefined]>([
    ["was deleted", undefined],
    ["was recreated", { ...finished("gate"), metadata: { ...finished("gate").metadata, uid: "another" } }],
    ["has a newer spec", { ...finished("gate"), metadata: { ...finished("gate").metadata, generation: 2 } }],
    ["has the verdict of another probe", { ...finished("gate"), status: { completed: true, probeId: "q" } }],
    ["lost its status", { ...finished("gate"), status: undefined }],
  ] as [string, KollectConnectionTest | undefined][])(
    "is left out, without an error, for a test that %s",
    async (_what, stored) => {
      const world = worldOf("gate");
      world.tests.clear();
      if (stored) world.tests.set("gate", stored);
      world.sinkShown(4);
      await settle();
      expect({ writes: world.writes, log: world.log.lines }).toEqual({ writes: [], log: [] });
    },
  );

  it("is left out, without an error, when the sink was deleted", async () => {
    const world = worldOf("gate");
    world.sinkUid = undefined;
    world.sinkShown(1, "another");
    await settle();
    expect({ writes: world.writes, log: world.log.lines }).toEqual({ writes: [], log: [] });
  });

  it("that fails for good is logged with the test, and the next one follows", async () => {
    const world = worldOf("first", "second");
    world.failures = 1;
    world.failure = 403;
    world.sinkShown(4);
    await settle();
    expect(world.writes).toEqual(["second"]);
    expect(world.log.lines).toHaveLength(1);
    expect(world.log.lines[0]).toMatch(
      /^warn the condition SinkChanged was not written .*"name":"first".*no answer/,
    );
  });
});

describe("a new verdict", () => {
  it.each([
    ["of another probe", { probeId: "q" }, 1],
    ["of a newer generation", {}, 2],
  ])("%s is compared by itself", async (_what, changed, generation) => {
    const world = worldOf("gate");
    world.sinkShown(4);
    await settle();
    const { metadata, status, ...rest } = finished("gate");
    const newer = { ...rest, metadata: { ...metadata, generation } };
    const sink = { ...status?.sink, kind: "KollectDatabaseSink", name: "orders", generation: 4 };
    const next = { ...status, ...changed, sink, completed: true, observedGeneration: generation };
    world.tests.set("gate", { ...newer, status: next } as KollectConnectionTest);
    world.changes.observe(world.tests.get("gate") as KollectConnectionTest);
    await settle();
    expect(world.writes).toEqual(["gate"]);
    world.sinkShown(5);
    await settle();
    expect(world.writes).toEqual(["gate", "gate"]);
  });
});

describe("a Secret of another version", () => {
  it.each([
    ["within the second of the verdict", 999, undefined],
    ["a second after the verdict", 1000, "SecretVersion"],
  ])("counts by when the probe that read it began: %s", async (_what, afterMs, said) => {
    const world = worldOf("gate");
    world.changes.secretsRead(outcomeAt(START + afterMs, "2"));
    await settle();
    expect(world.said("gate")).toBe(said);
  });
});

describe("stop", () => {
  it("ends what is pending, without a line in the log", async () => {
    const world = worldOf("first", "second");
    world.failures = 10;
    world.sinkShown(4);
    await vi.advanceTimersByTimeAsync(100);
    world.changes.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    world.sinkShown(5);
    await settle();
    expect({ calls: world.calls, writes: world.writes, log: world.log.lines }).toEqual({
      calls: 1,
      writes: [],
      log: [],
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});
