import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import type { EndedRun, RunOutcome } from "../../../capabilities/scheduler/probe-run";
import {
  PROGRESS_AFTER_MS,
  SharedProbes,
  type Participant,
  type ProbeRequest,
  type RunProbe,
} from "../../../capabilities/scheduler/shared-probes";

const REQUEST: ProbeRequest = {
  target: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" },
  timeoutSeconds: 10,
  retryLimit: 0,
  seen: { uid: "sink", generation: 1 },
};
const OUTCOME: RunOutcome = { startedAt: 0, completedAt: 1, attempts: 1, waitedMs: 0, secrets: [] };

function participant(): Participant {
  return { signal: new AbortController().signal, progress: () => undefined, left: () => undefined };
}

it("answers before the probe has closed its session, and starts the sink's next one after that", async () => {
  const closes: (() => void)[] = [];
  const run = (): Promise<EndedRun> => {
    const closed = new Promise<void>((resolve) => closes.push(resolve));
    return Promise.resolve({ outcome: OUTCOME, closed });
  };
  const probes = new SharedProbes(run, 3);
  await probes.join(REQUEST, participant());
  expect(probes.count()).toEqual({ waiting: 0, running: 0 });
  expect(probes.executing).toBe(1);

  const next = probes.join(REQUEST, participant());
  await turn();
  expect(closes).toHaveLength(1);
  expect(probes.count()).toEqual({ waiting: 1, running: 0 });

  closes[0]?.();
  await next;
  expect(closes).toHaveLength(2);
  closes[1]?.();
  await turn();
  expect(probes.executing).toBe(0);
});

afterEach(() => void vi.useRealTimers());

it("starts another probe beside a slow one, up to the sink's limit", async () => {
  vi.useFakeTimers();
  const started: AbortSignal[] = [];
  const run: RunProbe = (_request, report, signal) => {
    started.push(signal);
    report({ reason: "Probing", attempts: 1, message: "It runs.", startedAt: 0 });
    return new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error)),
    );
  };
  const probes = new SharedProbes(run, 2);
  const leave = new AbortController();
  const joined = Array.from({ length: 4 }, async () => {
    await vi.advanceTimersByTimeAsync(0);
    return probes.join(REQUEST, { ...participant(), signal: leave.signal });
  });
  const ends = Promise.allSettled(joined);
  await vi.advanceTimersByTimeAsync(PROGRESS_AFTER_MS - 1);
  expect(started).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(started).toHaveLength(2);
  const last = probes.join(REQUEST, { ...participant(), signal: leave.signal });
  await vi.advanceTimersByTimeAsync(10 * PROGRESS_AFTER_MS);
  expect([started.length, probes.count().waiting]).toEqual([2, 1]);
  leave.abort(new Error("the test is over"));
  await expect(last).rejects.toThrow("the test is over");
  expect((await ends).every(({ status }) => status === "rejected")).toBe(true);
});
