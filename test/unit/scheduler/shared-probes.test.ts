import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Dialled, Progress } from "../../../capabilities/domain/outcome";
import { PROGRESS_AFTER_MS, type ProbeRequest } from "../../../capabilities/scheduler/shared-probes";
import { turn } from "./worlds/runs";
import { OUTCOME, REQUEST, sharedProbes } from "./worlds/shared-probes";

const DIALLED: Dialled = { startedAt: 0, attempts: 1, secrets: [], endpoint: "db.shop:5432" };
const PROBING: Progress = { reason: "Probing", attempts: 1, message: "It runs.", startedAt: 0 };
const BACKOFF: Progress = { reason: "RetryBackoff", attempts: 1, message: "It failed.", startedAt: 0 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("tests of the same sink with the same limits", () => {
  it("share the next probe when one runs, and get the same outcome", async () => {
    const { probes, runs, outcomes, join } = sharedProbes();
    const [first, second, third] = [join(), join(), join()];
    expect(probes.count()).toEqual({ waiting: 2, running: 1 });
    await runs[0]?.end();
    await runs[0]?.close();
    expect(runs).toHaveLength(2);
    await runs[1]?.end();
    const [alone, shared] = [await first.outcome, await second.outcome];
    expect(alone).toEqual({ ...OUTCOME, probeId: alone.probeId, sharedBy: 1 });
    expect(shared).toEqual({ ...OUTCOME, probeId: shared.probeId, sharedBy: 2 });
    expect(await third.outcome).toBe(shared);
    expect(shared.probeId).not.toBe(alone.probeId);
    expect(outcomes).toEqual([
      [REQUEST, alone],
      [REQUEST, shared],
    ]);
  });

  it("get their outcome before the session is closed, and the sink's next probe starts after that", async () => {
    const { probes, runs, join } = sharedProbes();
    const first = join();
    await runs[0]?.end();
    await first.outcome;
    expect([probes.count(), probes.executing]).toEqual([{ waiting: 0, running: 0 }, 1]);
    join();
    await turn();
    expect([runs.length, probes.count()]).toEqual([1, { waiting: 1, running: 0 }]);
    await runs[0]?.close();
    expect([runs.length, probes.count(), probes.executing]).toEqual([2, { waiting: 0, running: 1 }, 1]);
    await runs[1]?.end();
    await runs[1]?.close();
    expect(probes.executing).toBe(0);
  });

  it.each<Partial<ProbeRequest>>([
    { target: { ...REQUEST.target, kind: "KollectSnapshotSink" } },
    { target: { ...REQUEST.target, namespace: "another" } },
    { target: { ...REQUEST.target, name: "another" } },
    { timeoutSeconds: 11 },
    { retryLimit: 1 },
    { seen: { uid: "another", generation: 1 } },
    { seen: { uid: "sink", generation: 2 } },
    { seen: undefined },
  ])("share no probe with one that differs in %o", (given) => {
    const { probes, runs, join } = sharedProbes();
    join();
    join(given);
    expect(runs.map(({ request }) => request)).toEqual([REQUEST, { ...REQUEST, ...given }]);
    expect([probes.executing, probes.count()]).toEqual([2, { waiting: 0, running: 2 }]);
  });
});

it("starts another probe beside a slow one, up to the sink's limit", async () => {
  const { probes, runs, join } = sharedProbes(2);
  join();
  runs[0]?.report(PROBING);
  join();
  await vi.advanceTimersByTimeAsync(PROGRESS_AFTER_MS - 1);
  expect(runs).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(runs).toHaveLength(2);
  join();
  expect(runs).toHaveLength(2);
  runs[1]?.report(BACKOFF);
  expect([runs.length, probes.executing, probes.count()]).toEqual([2, 2, { waiting: 1, running: 2 }]);
  await runs[0]?.end();
  await runs[0]?.close();
  expect([runs.length, probes.executing]).toEqual([3, 2]);
});

it("starts no probe beside two when one of them is not slow", async () => {
  const { runs, join } = sharedProbes(3);
  join();
  runs[0]?.report(BACKOFF);
  join();
  join();
  expect(runs).toHaveLength(2);
  runs[1]?.report(BACKOFF);
  expect(runs).toHaveLength(3);
  await turn();
});

describe("nothing is kept for a sink", () => {
  it("when its last probe has closed its session", async () => {
    const { probes, runs, join } = sharedProbes();
    join();
    join({ timeoutSeconds: 11 });
    expect(probes.size).toBe(2);
    await runs[0]?.end();
    expect(probes.size).toBe(2);
    await runs[0]?.close();
    expect(probes.size).toBe(1);
    await runs[1]?.fail(new Error("It failed."));
    expect(probes.size).toBe(0);
  });

  it("when all tests have left", async () => {
    const { probes, join } = sharedProbes();
    const [running, waiting] = [join(), join()];
    await waiting.leave();
    expect(probes.size).toBe(1);
    await running.leave();
    expect(probes.size).toBe(0);
  });
});

describe("progress is reported", () => {
  it("after a while when an attempt runs, once, and to all tests", async () => {
    const { runs, join } = sharedProbes();
    const other = join();
    const [first, second] = [join(), join()];
    await runs[0]?.end();
    await runs[0]?.close();
    runs[1]?.report(PROBING);
    await vi.advanceTimersByTimeAsync(PROGRESS_AFTER_MS - 1);
    expect(first.heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    runs[1]?.report({ ...PROBING });
    await vi.advanceTimersByTimeAsync(PROGRESS_AFTER_MS);
    expect([first.heard, second.heard, other.heard]).toEqual([[PROBING], [PROBING], []]);
  });

  it("at once in grace and backoff, which replace what waits to be reported", async () => {
    const { runs, join } = sharedProbes();
    const { heard } = join();
    runs[0]?.report(PROBING);
    runs[0]?.report(BACKOFF);
    expect(heard).toEqual([BACKOFF]);
    await vi.advanceTimersByTimeAsync(PROGRESS_AFTER_MS);
    expect(heard).toEqual([BACKOFF]);
  });

  it("not after the end", async () => {
    const { runs, join } = sharedProbes();
    const { heard } = join();
    runs[0]?.report(PROBING);
    await runs[0]?.end();
    await runs[0]?.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(heard).toEqual([]);
  });
});

describe("a test that leaves", () => {
  it("gets its signal's reason, and the probe goes on for the others and counts it", async () => {
    const { probes, runs, join } = sharedProbes();
    join();
    const [first, second] = [join(), join()];
    await runs[0]?.end();
    await runs[0]?.close();
    runs[1]?.report({ ...PROBING, dialled: DIALLED });
    await first.leave();
    await expect(first.outcome).rejects.toThrow("it left");
    expect(first.left).toEqual([{ ...DIALLED, probeId: expect.any(String) as string, sharedBy: 2 }]);
    expect([runs[1]?.signal.aborted, probes.count()]).toEqual([false, { waiting: 0, running: 1 }]);
    await runs[1]?.end();
    expect(await second.outcome).toMatchObject({ sharedBy: 2 });
    expect(second.left).toEqual([]);
  });

  it("as the last one ends the probe with that reason, and the next one starts", async () => {
    const { probes, runs, outcomes, join } = sharedProbes();
    const first = join();
    join();
    await first.leave();
    expect(runs[0]?.signal.reason).toEqual(new Error("it left"));
    expect([runs.length, probes.executing, outcomes]).toEqual([2, 1, []]);
  });

  it("as the last one of a probe that has not started cancels only that", async () => {
    const { probes, runs, join } = sharedProbes();
    join();
    await join().leave();
    expect([runs[0]?.signal.aborted, probes.count()]).toEqual([false, { waiting: 0, running: 1 }]);
    const later = join();
    await runs[0]?.end();
    await runs[0]?.close();
    await runs[1]?.end();
    expect(await later.outcome).toMatchObject({ sharedBy: 1 });
    expect(runs).toHaveLength(2);
  });

  it("leaves the probe that waits behind its own to the others", async () => {
    const { probes, runs, join } = sharedProbes();
    const first = join();
    runs[0]?.report(PROBING);
    const second = join();
    await first.leave();
    await runs[1]?.end();
    await expect(second.outcome).resolves.toMatchObject({ sharedBy: 1 });
    expect(probes.count()).toEqual({ waiting: 0, running: 0 });
  });

  it("is told what was dialled, even when a later progress does not repeat it, and nothing before", async () => {
    const { runs, join } = sharedProbes();
    const first = join();
    await first.leave();
    expect(first.left).toEqual([]);
    const second = join();
    runs[1]?.report({ ...PROBING, dialled: DIALLED });
    runs[1]?.report(BACKOFF);
    await second.leave();
    expect(second.left).toMatchObject([{ ...DIALLED, sharedBy: 1 }]);
  });

  it("after its outcome changes nothing", async () => {
    const { probes, runs, join } = sharedProbes();
    const first = join();
    runs[0]?.report({ ...PROBING, dialled: DIALLED });
    await runs[0]?.end();
    await first.leave();
    expect([first.left, runs[0]?.signal.aborted, probes.executing]).toEqual([[], false, 1]);
  });

  it("before it joins is refused, and nothing is probed", async () => {
    const { probes, runs } = sharedProbes();
    const signal = AbortSignal.abort(new Error("it is over"));
    const joined = probes.join(REQUEST, { signal, progress: () => undefined, left: () => undefined });
    await expect(joined).rejects.toThrow("it is over");
    expect([runs, probes.count()]).toEqual([[], { waiting: 0, running: 0 }]);
  });
});

it("gives a fault of the run to its tests, says once what was dialled, and probes again", async () => {
  const { probes, runs, outcomes, join } = sharedProbes();
  const first = join();
  runs[0]?.report({ ...PROBING, dialled: DIALLED });
  const next = join();
  await runs[0]?.fail(new Error("a fault"));
  await expect(first.outcome).rejects.toThrow("a fault");
  await first.leave();
  expect(first.left).toHaveLength(1);
  expect([runs.length, probes.executing, outcomes]).toEqual([2, 1, []]);
  await runs[1]?.end();
  await expect(next.outcome).resolves.toMatchObject(OUTCOME);
});
