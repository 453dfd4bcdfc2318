import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BURST_FROM, GATHER_MS, LULL_MS } from "../../../capabilities/scheduler/shared-probes";
import { sharedProbes } from "./worlds/shared-probes";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("after a probe, the next one of a burst", () => {
  /** A sink whose first probe is over while `count` tests wait for the next one. */
  async function burst(count: number): Promise<ReturnType<typeof sharedProbes> & { leave(): Promise<void> }> {
    const world = sharedProbes();
    world.join();
    const waiting = Array.from({ length: count }, () => world.join());
    await world.runs[0]?.end();
    await world.runs[0]?.close();
    const leave = async (): Promise<void> => {
      for (const test of waiting) await test.leave();
    };
    return { ...world, leave };
  }

  it("waits for a lull, and is that of all tests that join until then", async () => {
    const { runs, join } = await burst(BURST_FROM);
    await vi.advanceTimersByTimeAsync(LULL_MS - 1);
    const last = join();
    await vi.advanceTimersByTimeAsync(LULL_MS - 1);
    expect(runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toHaveLength(2);
    await runs[1]?.end();
    expect(await last.outcome).toMatchObject({ sharedBy: BURST_FROM + 1 });
  });

  it("starts when its first test has waited long enough, although others go on to join", async () => {
    const { runs, join } = await burst(BURST_FROM);
    for (let waited = 0; waited < GATHER_MS; waited += LULL_MS / 2) {
      expect(runs).toHaveLength(1);
      join();
      await vi.advanceTimersByTimeAsync(LULL_MS / 2);
    }
    expect(runs).toHaveLength(2);
  });

  it("starts at once when few wait, or when the lull was before the end of that probe", async () => {
    expect((await burst(BURST_FROM - 1)).runs).toHaveLength(2);
    const { runs, join } = sharedProbes();
    for (let joined = 0; joined <= BURST_FROM; joined += 1) join();
    await vi.advanceTimersByTimeAsync(LULL_MS);
    await runs[0]?.end();
    await runs[0]?.close();
    expect(runs).toHaveLength(2);
  });

  it("is forgotten when all of them leave, and the next test is probed at once", async () => {
    const { probes, runs, join, leave } = await burst(BURST_FROM);
    expect(vi.getTimerCount()).toBe(1);
    await leave();
    expect([probes.size, vi.getTimerCount()]).toEqual([0, 0]);
    join();
    expect(runs).toHaveLength(2);
  });
});
