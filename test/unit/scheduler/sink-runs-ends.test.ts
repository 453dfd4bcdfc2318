import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { AbortCause } from "../../../capabilities/domain/outcome";
import { PROBE_MS, sinkOf, SinkWorld, TARGET } from "./worlds/sink-runs";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const ASKS = { connectionTest: true } as const;
const settle = (ms = 10 * PROBE_MS): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function running(): Promise<SinkWorld> {
  const world = new SinkWorld();
  world.show(sinkOf(ASKS));
  await settle(PROBE_MS / 2);
  return world;
}

describe("a probe that ends before its verdict", () => {
  it.each<[AbortCause, (world: SinkWorld) => void]>([
    ["OperatorEnded", ({ runs }) => runs.stop()],
    ["SinkDeleted", ({ runs }) => runs.forget("u")],
  ])("is recorded at once as %s, and nothing is written or logged", async (aborted, end) => {
    const world = await running();
    end(world);
    expect(world.records).toMatchObject([{ target: TARGET, because: "generation", aborted }]);
    expect(world.records[0]?.outcome).toMatchObject({
      ...{ probeId: "p1", attempts: 1, completedAt: Date.now(), report: { endpoint: "db.shop:5432" } },
    });
    await settle();
    expect(world.records).toHaveLength(1);
    expect({ applied: world.applied, log: world.log.lines }).toEqual({ applied: [], log: [] });
  });

  it("is not begun any more after the operator stopped", async () => {
    const world = new SinkWorld();
    world.runs.stop();
    world.show(sinkOf(ASKS));
    await settle();
    expect(world.requests).toEqual([]);
  });

  it("is begun again for a sink that was recreated", async () => {
    const world = await running();
    world.runs.forget("u");
    world.show(sinkOf({ ...ASKS, uid: "another" }));
    await settle();
    expect(world.requests.map(({ seen }) => seen?.uid)).toEqual(["u", "another"]);
    expect(world.verdicts).toHaveLength(1);
  });
});

describe("a verdict", () => {
  it("is recorded, and then written to the sink", async () => {
    const world = await running();
    await settle();
    expect(world.records).toEqual([{ target: TARGET, because: "generation", outcome: world.verdicts[0] }]);
    expect(world.applied.map(([condition]) => condition?.type)).toEqual(["ConnectionVerified"]);
  });

  it.each<[string, Sink | undefined]>([
    ["was deleted", undefined],
    ["was recreated", sinkOf({ ...ASKS, uid: "another" })],
    ["has a newer generation", sinkOf({ ...ASKS, generation: 2 })],
  ])("is recorded and not written when the sink %s", async (_what, stored) => {
    const world = await running();
    world.stored = stored;
    await settle();
    expect({ records: world.records.length, applied: world.applied, log: world.log.lines }).toEqual({
      ...{ records: 1, applied: [], log: [] },
    });
    expect(world.verdicts).toEqual([]);
  });

  it("is not written when the probe did not find the sink", async () => {
    const world = await running();
    world.found = false;
    world.runs.observe(sinkOf({ ...ASKS, generation: 2 }));
    await settle();
    expect({ applied: world.applied, log: world.log.lines }).toEqual({ applied: [], log: [] });
  });

  it("is no conflict when the sink disappears before the write: its successor is probed", async () => {
    const world = await running();
    world.applyResult = "gone";
    await settle();
    expect({ verdicts: world.verdicts, log: world.log.lines }).toEqual({ verdicts: [], log: [] });
    world.show(sinkOf({ ...ASKS, generation: 2 }));
    await settle();
    expect(world.requests).toHaveLength(2);
  });

  it("that fails for good is logged with the sink", async () => {
    const world = await running();
    world.applyResult = new ClusterError("apply", 403, "Forbidden", "no rights");
    await settle();
    expect(world.verdicts).toEqual([]);
    expect(world.log.lines).toHaveLength(1);
    expect(world.log.lines[0]).toMatch(
      /^error a sink's own probe was not recorded \{"namespace":"shop","name":"orders".*no rights/,
    );
  });
});

describe("a sink whose condition another manager owns", () => {
  it("is named in the log and not probed again, until it is deleted", async () => {
    const world = await running();
    world.applyResult = "superseded";
    await settle();
    expect(world.verdicts).toEqual([]);
    expect(world.log.lines).toHaveLength(1);
    const [, fields = ""] = /^warn field manager conflict: .* (\{.*\})$/.exec(world.log.lines[0] ?? "") ?? [];
    expect(JSON.parse(fields)).toEqual(TARGET);
    world.show(sinkOf({ ...ASKS, generation: 2 }));
    await settle();
    expect(world.requests).toHaveLength(1);
    world.runs.forget("u");
    world.show(sinkOf({ ...ASKS, generation: 2 }));
    await settle();
    expect(world.requests).toHaveLength(2);
  });
});
