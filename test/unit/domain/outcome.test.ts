import { describe, expect, it } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import { failed } from "../../../capabilities/domain/failure";
import { probedSink } from "../../../capabilities/domain/identity";
import { abandonedOutcome, abortCauseOf, RunAborted } from "../../../capabilities/domain/outcome";

it("what was dialled by a run that ended early is an outcome without phases", () => {
  const sink = { kind: "KollectDatabaseSink", name: "orders", uid: "s-1" } as const;
  const dialled = { startedAt: 10, attempts: 2, sink, secrets: [], endpoint: "db.shop:5432" };
  expect(abandonedOutcome(dialled, { probeId: "p-1", sharedBy: 3 }, 25)).toEqual({
    ...{ startedAt: 10, completedAt: 25, attempts: 2, waitedMs: 0, sink, secrets: [] },
    ...{ probeId: "p-1", sharedBy: 3 },
    report: { endpoint: "db.shop:5432", phases: [], latencyMs: 0 },
  });
});

describe("why a run ended", () => {
  it("is what its signal says, and else a fault of the operator", () => {
    expect(abortCauseOf(AbortSignal.abort(new RunAborted("TestDeleted")))).toBe("TestDeleted");
    expect(abortCauseOf(AbortSignal.abort(new Error("another")))).toBe("OperatorFailed");
    expect(abortCauseOf(new AbortController().signal)).toBe("OperatorFailed");
  });
});

it("a status names the sink with its revision and type", () => {
  const metadata = { namespace: "shop", name: "orders", uid: "s-1", generation: 4, resourceVersion: "9" };
  const sink: Sink = {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata,
    spec: { type: "postgres" },
  };
  const named = { kind: "KollectDatabaseSink", name: "orders", uid: "s-1", generation: 4, type: "postgres" };
  expect(probedSink(sink)).toEqual(named);
});

it("a failure keeps the error that led to it", () => {
  const original = new Error("reset");
  expect(failed("Unreachable", "The connection was cut.", original).cause).toBe(original);
});
