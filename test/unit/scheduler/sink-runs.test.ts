import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { Outcome } from "../../../capabilities/domain/outcome";
import { SinkRuns } from "../../../capabilities/scheduler/sink-runs";
import { systemClock } from "../../../capabilities/lib/clock";
import { memoryLog } from "../kube/http/peer";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const ASKS = { "kollect.dev/test-connection": "true" };
const PROBE_MS = 1000;

function sink(connectionTest: boolean, annotations: Record<string, string> = {}): Sink {
  return {
    kind: "KollectDatabaseSink",
    metadata: { name: "orders", namespace: "shop", uid: "u", generation: 1, annotations },
    spec: { type: "postgres", connectionTest },
  } as unknown as Sink;
}

/** Sink runs over one sink, whose probes take a second; the first calls of each kind fail. */
function runsOver(current: { sink: Sink }, failures: number): { runs: SinkRuns; probes: string[] } {
  const probes: string[] = [];
  const left = { get: failures, apply: failures, remove: failures };
  const call = async <T>(kind: keyof typeof left, answer: () => T): Promise<T> => {
    await Promise.resolve();
    if (left[kind]-- > 0) throw new ClusterError(kind, 503, "ServiceUnavailable", "try again");
    return answer();
  };
  const runs = new SinkRuns({
    cluster: {
      getSink: () => call("get", () => current.sink),
      applySinkConditions: () => call("apply", () => "written" as const),
      removeSinkAnnotation: () =>
        call("remove", () => {
          current.sink = sink(current.sink.spec.connectionTest === true);
          return "written" as const;
        }),
    },
    clock: systemClock(),
    log: memoryLog(),
    probes: {
      join: async () => {
        await systemClock().sleep(PROBE_MS);
        probes.push(JSON.stringify(current.sink.metadata.annotations));
        return outcome();
      },
    },
    minIntervalMs: 0,
    maxTimeoutSeconds: 300,
    onVerdict: () => undefined,
    onProbe: () => undefined,
  });
  return { runs, probes };
}

function outcome(): Outcome {
  const now = Date.now();
  return {
    ...{ probeId: "probe", startedAt: now, completedAt: now, attempts: 1, waitedMs: 0, sharedBy: 1 },
    sink: { kind: "KollectDatabaseSink", name: "orders", uid: "u", generation: 1, type: "postgres" },
    secrets: [],
  };
}

it("an annotation that came while the sink was probed is answered after that", async () => {
  const current = { sink: sink(true) };
  const { runs, probes } = runsOver(current, 0);
  runs.observe(current.sink);
  await vi.advanceTimersByTimeAsync(PROBE_MS / 2);
  current.sink = sink(true, ASKS);
  runs.observe(current.sink);
  await vi.advanceTimersByTimeAsync(10 * PROBE_MS);
  expect(probes).toHaveLength(2);
  expect(current.sink.metadata.annotations).toEqual({});
});

it("what the API server cannot take at once is written later, without another probe", async () => {
  const current = { sink: sink(false, ASKS) };
  const { runs, probes } = runsOver(current, 2);
  runs.observe(current.sink);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(probes).toHaveLength(1);
  expect(current.sink.metadata.annotations).toEqual({});
});
