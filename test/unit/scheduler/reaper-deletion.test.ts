import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { refOf } from "../../../capabilities/domain/identity";
import type { WriteResult } from "../../../capabilities/domain/ports";
import { systemClock } from "../../../capabilities/lib/clock";
import { Reaper } from "../../../capabilities/scheduler/reaper";
import { makeTest } from "../../fixtures/make-test";
import { memoryLog } from "../kube/http/peer";

const START = Date.parse("2026-03-01T12:00:00Z");
const ANSWER_MS = 50;

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

interface Changes {
  readonly uid?: string;
  readonly generation?: number;
  readonly retain?: boolean;
  readonly ttl?: number;
  readonly completed?: boolean;
}

const DELETED = ["delete a@10: written", "gone a", "deleted a, late by 100"];

/** A test that finished at the start, as the API server holds it. */
function finished(name: string, changes: Changes = {}): KollectConnectionTest {
  const { uid = name, generation = 1, retain = false, ttl = 0, completed = true } = changes;
  const annotations = { "kollect.dev/retain": String(retain) };
  return makeTest({
    metadata: { name, uid, generation, annotations },
    spec: { ttlSecondsAfterFinished: ttl },
    status: {
      completed,
      completedAt: new Date(START).toISOString(),
      observedGeneration: generation,
    },
  });
}

/** A reaper, an API server that answers each call after 50 ms, and all calls of the reaper. */
class World {
  readonly tests = new Map<string, KollectConnectionTest>();
  readonly calls: string[] = [];
  readonly reads: number[] = [];
  readonly log = memoryLog();
  /** Results of the next deletions; the object is kept. */
  readonly results: WriteResult[] = [];
  readonly waits: number[] = [];
  failures = 0;
  readonly reaper = new Reaper({
    cluster: {
      getTest: async (_namespace, name) => {
        this.reads.push(Date.now() - START);
        // The answer is the state at the time of the request.
        const test = this.tests.get(name);
        await this.#answer();
        return test;
      },
      deleteTest: async ({ name, uid, resourceVersion }) => {
        await this.#answer();
        const result = this.results.shift() ?? "written";
        this.calls.push(`delete ${uid}@${resourceVersion}: ${result}`);
        if (result !== "superseded") this.tests.delete(name);
        return result;
      },
    },
    clock: {
      ...systemClock(),
      sleepUntil: (at, signal) => {
        this.waits.push(at - START);
        return systemClock().sleep(Math.max(1, at - Date.now()), signal);
      },
    },
    log: this.log,
    maxTimeoutSeconds: 300,
    changed: ({ metadata }) => void this.calls.push(`changed ${metadata.uid}/${metadata.generation}`),
    deleted: ({ uid }, lateMs) => void this.calls.push(`deleted ${uid}, late by ${lateMs}`),
    failed: () => void this.calls.push("failed"),
    gone: (uid) => void this.calls.push(`gone ${uid}`),
  });

  async #answer(): Promise<void> {
    await systemClock().sleep(ANSWER_MS);
    if (this.failures-- > 0) throw new ClusterError("get", 503, "ServiceUnavailable", "try again");
  }

  /** Stores a test and holds it until its time to live is over. */
  hold(name: string, ttl = 0): void {
    const test = finished(name, { ttl });
    this.tests.set(name, test);
    this.reaper.hold(refOf(test), 1, START + ttl * 1000);
  }
}

describe("a test that is due", () => {
  it.each<[string, KollectConnectionTest | undefined, readonly string[]]>([
    ["exists", finished("a"), DELETED],
    ["no longer exists", undefined, ["gone a"]],
    ["was recreated", finished("a", { uid: "b" }), ["gone a"]],
    ["is retained since", finished("a", { retain: true }), ["changed a/1"]],
    ["has a longer time to live since", finished("a", { ttl: 600 }), ["changed a/1"]],
    ["has no verdict any more", finished("a", { completed: false }), ["changed a/1"]],
  ])("is read first: it %s", async (_what, stored, calls) => {
    const world = new World();
    if (stored) world.tests.set("a", stored);
    world.reaper.hold(refOf(finished("a")), 1, START);
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.calls).toEqual(calls);
    expect(world.reaper.size).toBe(0);
  });

  it("is not counted as deleted by the reaper when something else deleted it first", async () => {
    const world = new World();
    world.results.push("gone");
    world.hold("a");
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.calls).toEqual(["delete a@10: gone", "gone a"]);
  });

  it("is read again when it changed during the deletion, without an error", async () => {
    const world = new World();
    world.results.push("superseded");
    world.hold("a");
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.calls.slice(0, 2)).toEqual(["delete a@10: superseded", "delete a@10: written"]);
    expect(world.reads).toEqual([0, 2 * ANSWER_MS]);
    expect(world.log.lines).toEqual([]);
  });

  it("is deleted once, however often its end is observed", async () => {
    const world = new World();
    for (let count = 0; count < 3; count += 1) world.hold("a", 5);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.reads).toHaveLength(1);
  });
});

describe("state that arrives while a test is read", () => {
  it("keeps a test that was forgotten out of the queue", async () => {
    const world = new World();
    world.hold("a");
    world.reaper.forget("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ calls: world.calls, reads: world.reads.length }).toEqual({ calls: [], reads: 1 });
  });

  it("costs no second read when it is the same state", async () => {
    const world = new World();
    world.hold("a");
    world.hold("a");
    await vi.advanceTimersByTimeAsync(1000);
    expect({ calls: world.calls, reads: world.reads }).toEqual({ calls: DELETED, reads: [0] });
  });

  it("deletes a test once that is forgotten and observed again", async () => {
    const world = new World();
    world.hold("a");
    world.reaper.forget("a");
    world.hold("a");
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.calls).toEqual(DELETED);
  });

  it("deletes a newer generation that ends at the same time by its own state", async () => {
    const world = new World();
    world.tests.set("a", finished("a", { retain: true }));
    world.reaper.hold(refOf(finished("a")), 1, START);
    world.tests.set("a", finished("a", { generation: 2 }));
    world.reaper.hold(refOf(finished("a", { generation: 2 })), 2, START);
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.calls).toEqual(DELETED);
  });
});

describe("a deletion that fails", () => {
  it("is logged with the object and repeated after a wait that doubles", async () => {
    const world = new World();
    world.failures = 4;
    world.hold("a");
    await vi.advanceTimersByTimeAsync(60_000);
    const gaps = world.reads.slice(1).map((at, index) => at - ANSWER_MS - (world.reads[index] ?? 0));
    expect(gaps).toHaveLength(4);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(gap).toBeLessThanOrEqual(1000 * 2 ** index);
    }
    expect(world.calls.slice(0, 5)).toEqual([...Array<string>(4).fill("failed"), "delete a@10: written"]);
    expect(world.log.lines).toHaveLength(4);
    expect(world.log.lines[0]).toMatch(/^warn a finished test was not deleted.*"name":"a".*try again"}$/);
  });

  it("is not repeated for a test that was forgotten meanwhile", async () => {
    const world = new World();
    world.failures = 1;
    world.hold("a");
    world.reaper.forget("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.reads).toHaveLength(1);
    expect(world.reaper.size).toBe(0);
  });
});

describe("the wait for the next deletion", () => {
  it("is one wait for the first of all tests", () => {
    const world = new World();
    for (const ttl of [10, 20, 30, 10]) world.hold(`ttl-${ttl}-${world.tests.size}`, ttl);
    expect(world.waits).toEqual([10_000]);
    world.hold("earlier", 5);
    expect(world.waits).toEqual([10_000, 5000]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("ends while eight deletions run, and starts again when one of them has ended", async () => {
    const world = new World();
    world.hold("later", 600);
    for (let index = 0; index < 9; index += 1) world.hold(`due-${index}`);
    expect(vi.getTimerCount()).toBe(8);
    await vi.advanceTimersByTimeAsync(ANSWER_MS);
    expect(world.waits).toEqual([600_000]);
    await vi.advanceTimersByTimeAsync(1000);
    expect([...world.tests.keys()]).toEqual(["later"]);
    expect(world.waits.every((at) => at === 600_000)).toBe(true);
  });

  it("does not end for thousands of tests that were deleted by hand, and no due test is missed", async () => {
    const world = new World();
    world.hold("due", 1);
    world.reaper.hold(refOf(finished("retained")), 1, Infinity);
    for (let index = 0; index < 2000; index += 1) {
      const ref = refOf(finished(`deleted-${index}`));
      world.reaper.hold(ref, 1, START + 2000 + index);
      world.reaper.forget(ref.uid);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.waits.length).toBeLessThan(1100);
    expect(world.tests.size).toBe(0);
    expect(world.reaper.size).toBe(1);
  });
});

describe("isLate", () => {
  it("is true from the time a deletion is due until it starts", async () => {
    const world = new World();
    expect(world.reaper.isLate).toBe(false);
    world.hold("a", 10);
    vi.setSystemTime(START + 9_999);
    expect(world.reaper.isLate).toBe(false);
    vi.setSystemTime(START + 10_000);
    expect(world.reaper.isLate).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.reaper.isLate).toBe(false);
  });

  it("is false while a test waits for one of eight running deletions to end", () => {
    const world = new World();
    for (let index = 0; index < 7; index += 1) world.hold(`due-${index}`);
    world.hold("eighth", 10);
    vi.setSystemTime(START + 10_000);
    expect(world.reaper.isLate).toBe(true);
    world.hold("ninth");
    expect(world.reaper.isLate).toBe(false);
  });
});
