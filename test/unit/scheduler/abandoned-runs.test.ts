import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../capabilities/api/types";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { EndedAttempt } from "../../../capabilities/domain/outcome";
import type { Cluster } from "../../../capabilities/domain/ports";
import type { Operator, OperatorDependencies } from "../../../capabilities/operator";
import type { Probe } from "../../../capabilities/probes/probe";
import { makeTest } from "../../fixtures/make-test";
import { operatorIn } from "./worlds/operator";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const errors: unknown[] = [];
const log = {
  debug() {},
  info() {},
  warn() {},
  error: (fields: object, message: string) => errors.push([fields, message]),
};
const metadata = { name: "orders", namespace: "shop", uid: "sink", generation: 1 };
const SINK = { kind: "KollectDatabaseSink", metadata, spec: { type: "postgres" } } as Sink;
const ASKING = { ...SINK, spec: { ...SINK.spec, connectionTest: true } } as Sink;
const PROBE: Partial<Probe> = {
  references: () => [{ field: "spec.postgres.databaseRef", name: "pg" }],
  plan: () => ({ endpoint: "db.shop:5432" }),
};
const ENDED: EndedAttempt = {
  report: { endpoint: "db.shop:5432", phases: [], latencyMs: 1 },
  closed: Promise.resolve(),
};
type Attempt = OperatorDependencies["attempt"];

/** As a backend that never answers. */
const hanging: Attempt = (_probe, _plan, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

/** An operator over one sink, and the lines of its audit record. */
function operatorWith(
  attempt: Attempt,
  cluster: Partial<Cluster> = {},
): { operator: Operator; lines: object[] } {
  const lines: object[] = [];
  const served: Partial<Cluster> = {
    getSink: () => Promise.resolve(SINK),
    getSecret: () =>
      Promise.resolve({ namespace: "shop", name: "pg", resourceVersion: "7", data: new Map() }),
    getTest: () => Promise.resolve(undefined),
    applySinkConditions: () => Promise.resolve("written"),
    ...cluster,
  };
  const operator = operatorIn({
    cluster: served,
    log,
    env: { KOLLECT_SINK_TRIGGERS: "true" },
    auditLog: { info: (record) => void lines.push(record) },
    probeFor: () => PROBE as Probe,
    attempt,
  });
  return { operator, lines };
}

function asked(generation = 1): KollectConnectionTest {
  const annotations = { "kollect.dev/requested-by": "alice" };
  return makeTest({ metadata: { generation, annotations } });
}

const DIALLED = {
  outcome: "Aborted",
  verdict: null,
  sink: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders", uid: "sink" },
  secrets: [{ namespace: "shop", name: "pg", resourceVersion: "7" }],
  endpoint: "db.shop:5432",
  attempts: 1,
  completedAt: "2026-03-01T12:00:01.000Z",
};

describe("a run that has dialled leaves one line when", () => {
  it.each<readonly [what: string, reason: string, end: (operator: Operator) => void]>([
    ["its test is deleted", "TestDeleted", ({ tests }) => tests.deleted(asked())],
    ["its test changes", "TestChanged", ({ tests }) => tests.shown(asked(2))],
    [
      "its test is being deleted",
      "TestDeleted",
      ({ tests }) => tests.shown({ ...asked(), metadata: { ...asked().metadata, deletionTimestamp: "now" } }),
    ],
    ["the operator ends", "OperatorEnded", (operator) => operator.stop()],
  ])("%s: %s", async (_what, reason, end) => {
    const { operator, lines } = operatorWith(hanging);
    operator.tests.shown(asked());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lines).toEqual([]);
    end(operator);
    expect(lines).toHaveLength(1);
    const test = { uid: "uid-1", generation: 1 };
    expect(lines[0]).toMatchObject({
      ...DIALLED,
      trigger: "ConnectionTest",
      reason,
      requestedBy: "alice",
      test,
    });
  });

  it.each<readonly [what: string, reason: string, end: (operator: Operator) => void]>([
    ["its sink is deleted", "SinkDeleted", ({ sinks }) => sinks.deleted(ASKING)],
    [
      "its sink changes",
      "SinkChanged",
      ({ sinks }) => sinks.shown({ ...ASKING, metadata: { ...metadata, generation: 2 } } as Sink),
    ],
    ["the operator ends", "OperatorEnded", (operator) => operator.stop()],
  ])("%s, which asked for it: %s", async (_what, reason, end) => {
    const { operator, lines } = operatorWith(hanging);
    operator.sinks.shown(ASKING);
    await vi.advanceTimersByTimeAsync(1_000);
    end(operator);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...DIALLED,
      trigger: "SinkSpec",
      reason,
      requestedBy: null,
      test: null,
    });
  });

  it.each<readonly [answer: "gone" | "superseded", reason: string]>([
    ["gone", "TestDeleted"],
    ["superseded", "TestChanged"],
  ])("the write of its verdict finds the test %s", async (answer, reason) => {
    const { operator, lines } = operatorWith(() => Promise.resolve(ENDED), {
      writeStatus: () => Promise.resolve(answer),
    });
    operator.tests.shown(asked());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ outcome: "Aborted", reason, endpoint: "db.shop:5432" });
  });

  it("its test is deleted while its verdict is written, and no second one", async () => {
    const { operator, lines } = operatorWith(() => Promise.resolve(ENDED), {
      writeStatus: (_ref, _status, signal) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
    });
    operator.tests.shown(asked());
    await vi.advanceTimersByTimeAsync(1_000);
    operator.tests.deleted(asked());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ outcome: "Aborted", reason: "TestDeleted" });
  });

  it("the operator fails at it, and another one for the verdict that follows", async () => {
    let attempts = 0;
    const { operator, lines } = operatorWith(() =>
      (attempts += 1) === 1 ? Promise.reject(new Error("a fault")) : Promise.resolve(ENDED),
    );
    operator.tests.shown(asked());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines).toMatchObject([
      { outcome: "Aborted", reason: "OperatorFailed" },
      { outcome: "Completed", verdict: "True" },
    ]);
  });

  it("it shares the probe with others, each its own", async () => {
    const { operator, lines } = operatorWith(hanging);
    const other = makeTest({ metadata: { uid: "other", name: "other" } });
    operator.tests.shown(asked());
    operator.tests.shown(other);
    await vi.advanceTimersByTimeAsync(1_000);
    operator.tests.deleted(other);
    expect(lines).toMatchObject([{ test: { uid: "other" }, sharedBy: expect.any(Number) as number }]);
    operator.tests.deleted(asked());
    expect(lines.slice(1)).toMatchObject([{ test: { uid: "uid-1" } }]);
  });
});

it("a run that has not dialled leaves none", async () => {
  const { operator, lines } = operatorWith(hanging, { getSink: () => Promise.resolve(undefined) });
  operator.tests.shown(asked());
  await vi.advanceTimersByTimeAsync(1_000);
  operator.tests.deleted(asked());
  expect(lines).toEqual([]);
});

it("a verdict that points to the log has a line there", async () => {
  const refused = new ClusterError("get Secret shop/pg", 400, "BadRequest", "not today");
  const written: ConnectionTestStatus[] = [];
  const { operator } = operatorWith(hanging, {
    getSecret: () => Promise.reject(refused),
    writeStatus: (_ref, status) => (written.push(status), Promise.resolve("written")),
  });
  operator.tests.shown(asked());
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written[0]?.conditions?.[0]?.message).toContain("Look for this sink in the operator's log");
  expect(errors.at(-1)).toMatchObject([
    { namespace: "shop", name: "orders", error: "get Secret shop/pg: not today" },
    "a sink and its Secrets could not be read",
  ]);
});

it("a probe that a sink asks for leaves a line with its verdict", async () => {
  const { operator, lines } = operatorWith(() => Promise.resolve(ENDED));
  operator.sinks.shown(ASKING);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lines).toMatchObject([{ trigger: "SinkSpec", outcome: "Completed", verdict: "True", test: null }]);
});

it("nothing is dialled after the operator was told to end", async () => {
  const { operator, lines } = operatorWith(() => Promise.resolve(ENDED));
  operator.stop();
  operator.tests.shown(asked());
  operator.sinks.shown(ASKING);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(lines).toEqual([]);
});
