import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import { Reaper } from "../../../capabilities/scheduler/reaper";
import { refOf } from "../../../capabilities/domain/identity";
import { systemClock } from "../../../capabilities/lib/clock";
import { makeTest } from "../../fixtures/make-test";

const START = Date.parse("2026-03-01T12:00:00Z");
const HOUR_MS = 3_600_000;
const RETAIN = { "kollect.dev/retain": "true" };
const log = { debug() {}, info() {}, warn() {}, error() {} };

let tests: Map<string, KollectConnectionTest>;
let deletedAt: Map<string, number>;
let calls: { now: number; most: number; all: number };
let failures: number;
let reaper: Reaper;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  tests = new Map();
  deletedAt = new Map();
  calls = { now: 0, most: 0, all: 0 };
  failures = 0;
  reaper = new Reaper({
    cluster: {
      getTest: (_, name) => call(() => tests.get(name)),
      deleteTest: ({ name }) =>
        call(() => {
          deletedAt.set(name, Date.now());
          return tests.delete(name) ? "written" : "gone";
        }),
    },
    clock: systemClock(),
    log,
    maxTimeoutSeconds: 300,
    changed: () => undefined,
    deleted: () => undefined,
    failed: () => undefined,
    gone: () => undefined,
  });
});

afterEach(() => void vi.useRealTimers());

/** Answers a few turns of the event loop's microtasks later, as everything that waits does. */
async function call<T>(answer: () => T): Promise<T> {
  calls.now += 1;
  calls.all += 1;
  calls.most = Math.max(calls.most, calls.now);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  calls.now -= 1;
  if (failures > 0) {
    failures -= 1;
    throw new ClusterError("delete", 503, "ServiceUnavailable", "try again");
  }
  return answer();
}

/** Holds a test that is finished now. */
function hold(name: string, ttlSecondsAfterFinished: number): void {
  const test = makeTest({
    metadata: { name, uid: name },
    spec: { ttlSecondsAfterFinished },
    status: { completed: true, completedAt: new Date().toISOString(), observedGeneration: 1 },
  });
  tests.set(name, test);
  reaper.hold(refOf(test), 1, Date.now() + ttlSecondsAfterFinished * 1000);
}

describe("Reaper", () => {
  it("deletes 10,000 tests of mixed TTLs in time, with one timer and few calls at once", async () => {
    const ttl = (at: number): number => (at * 7919) % 300;
    for (let at = 0; at < 10_000; at += 1) hold(`test-${at}`, ttl(at));
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
    await vi.advanceTimersByTimeAsync(300_000);
    const late = Array.from({ length: 10_000 }, (_, at) => {
      return (deletedAt.get(`test-${at}`) ?? Infinity) - START - ttl(at) * 1000;
    });
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(2_000);
    expect(calls).toEqual({ now: 0, most: 8, all: 20_000 });
    expect(reaper.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("deletes what was due within a second after the clock jumped forward, and nothing else", async () => {
    hold("due", 600);
    hold("later", 7_200);
    vi.setSystemTime(START + HOUR_MS);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...tests.keys()]).toEqual(["later"]);
  });

  it("deletes nothing before its end when the clock jumped back", async () => {
    hold("kept", 10);
    vi.setSystemTime(START - HOUR_MS);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([...tests.keys()]).toEqual(["kept"]);
    vi.setSystemTime(START + 10_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([...tests.keys()]).toEqual([]);
  });

  it("keeps a TTL that is longer than a timer can be", async () => {
    hold("long", 2_147_483_647);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...tests.keys()]).toEqual(["long"]);
  });

  it("forgets tests that were deleted by hand, also what it had noted of their ends", async () => {
    for (let at = 0; at < 5_000; at += 1) {
      hold(`test-${at}`, 300);
      tests.delete(`test-${at}`);
      reaper.forget(`test-${at}`);
    }
    expect(reaper.size).toBe(0);
    await vi.advanceTimersByTimeAsync(301_000);
    expect(calls.all).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("tries again when the API server fails while the same end is heard of once more", async () => {
    hold("failing", 0);
    hold("failing", 0);
    failures = 1;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...tests.keys()]).toEqual([]);
  });

  it("keeps the end that it heard of while it was told an older one", async () => {
    hold("kept", 0);
    const { uid, ...metadata } = tests.get("kept")?.metadata ?? {};
    tests.set(
      "kept",
      makeTest({ ...tests.get("kept"), metadata: { ...metadata, uid, annotations: RETAIN } }),
    );
    reaper.hold(refOf(makeTest({ metadata: { name: "kept", uid: "kept" } })), 1, Date.now() + 10_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reaper.size).toBe(1);
  });

  it("tries again when the API server fails", async () => {
    hold("failing", 1);
    failures = 3;
    await vi.advanceTimersByTimeAsync(12_000);
    expect([...tests.keys()]).toEqual([]);
  });
});
