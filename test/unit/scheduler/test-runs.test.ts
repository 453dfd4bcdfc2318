import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { Outcome, Verdict } from "../../../capabilities/domain/outcome";
import type { WriteResult } from "../../../capabilities/domain/ports";
import { SinkIndex } from "../../../capabilities/scheduler/sink-index";
import { systemClock } from "../../../capabilities/lib/clock";
import { TestRuns } from "../../../capabilities/scheduler/test-runs";
import { makeTest } from "../../fixtures/make-test";
import { memoryLog } from "../kube/http/peer";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

interface Bench {
  readonly runs: TestRuns;
  readonly verdicts: Verdict[];
  probes(): number;
}

/** Runs whose probes succeed at once; `write` answers the writes of their verdicts. */
function runsWith(write: (signal: AbortSignal | undefined) => Promise<WriteResult>): Bench {
  const verdicts: Verdict[] = [];
  let probes = 0;
  const runs = new TestRuns({
    cluster: {
      getTest: () => Promise.resolve(undefined),
      writeStatus: (_test, _status, signal) => write(signal),
    },
    clock: systemClock(),
    log: memoryLog(),
    sinks: new SinkIndex(),
    probes: {
      join: () => {
        probes += 1;
        return Promise.resolve(outcome());
      },
    },
    reaper: { finishedGeneration: () => undefined, hold: () => undefined, forget: () => undefined },
    maxTimeoutSeconds: 300,
    admits: () => true,
    onVerdict: (verdict) => verdicts.push(verdict),
    onAborted: () => undefined,
    onFinished: () => undefined,
    onPaused: () => undefined,
  });
  return { runs, verdicts, probes: () => probes };
}

function outcome(): Outcome {
  const now = Date.now();
  return {
    ...{ probeId: "probe", startedAt: now, completedAt: now, attempts: 1, waitedMs: 0, sharedBy: 1 },
    secrets: [],
  };
}

function finished(test: KollectConnectionTest): KollectConnectionTest {
  const completedAt = new Date().toISOString();
  return { ...test, status: { completed: true, completedAt, observedGeneration: 1, probeId: "probe" } };
}

it("writes a refused verdict again, and does not probe again for it", async () => {
  let refusals = 3;
  const { runs, verdicts, probes } = runsWith(() =>
    refusals-- > 0
      ? Promise.reject(new ClusterError("patch", 403, "Forbidden", "a policy forbids it"))
      : Promise.resolve("written"),
  );
  runs.observe(makeTest());
  await vi.advanceTimersByTimeAsync(60_000);
  expect({ verdicts: verdicts.length, probes: probes() }).toEqual({ verdicts: 1, probes: 1 });
});

it.each<readonly [string, (runs: TestRuns, test: KollectConnectionTest) => void]>([
  ["is deleted", (runs, test) => runs.forget(test.metadata.uid ?? "")],
  ["is changed", (runs, test) => runs.observe({ ...test, metadata: { ...test.metadata, generation: 2 } })],
])("records a verdict that was shown when its answer is lost and the test %s", async (_what, then) => {
  const { runs, verdicts } = runsWith(
    (signal) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
  );
  const test = makeTest();
  runs.observe(test);
  await vi.advanceTimersByTimeAsync(100);
  runs.observe(finished(test));
  expect(verdicts).toEqual([]);
  then(runs, test);
  await vi.advanceTimersByTimeAsync(100);
  expect(verdicts.map((verdict) => verdict.test.metadata.generation)).toEqual([1]);
});

it("starts nothing for an older state of a test that is gone", async () => {
  const { runs, probes } = runsWith(() => Promise.resolve("written"));
  const test = makeTest();
  runs.observe(test);
  await vi.advanceTimersByTimeAsync(100);
  runs.forget(test.metadata.uid ?? "");
  runs.observe(test);
  await vi.advanceTimersByTimeAsync(100);
  expect({ probes: probes(), runs: runs.size, unseen: runs.unseen }).toEqual({
    probes: 1,
    runs: 0,
    unseen: 0,
  });
});

it("waits for no verdict to be shown whose generation is over", async () => {
  let writes = 0;
  const { runs } = runsWith(() =>
    writes++ === 0 ? Promise.resolve("written") : new Promise(() => undefined),
  );
  const test = makeTest();
  runs.observe(test);
  await vi.advanceTimersByTimeAsync(100);
  expect(runs.unseen).toBe(1);
  runs.observe({ ...test, metadata: { ...test.metadata, generation: 2 } });
  expect(runs.unseen).toBe(0);
});
