import { describe, expect, it } from "vitest";
import { decide } from "../../../capabilities/domain/decide";
import type { AbortedRun, Verdict } from "../../../capabilities/domain/outcome";
import {
  rejection,
  RunRecords,
  type Probing,
  type TestRun,
} from "../../../capabilities/scheduler/run-records";
import { makeTest, type TestOverrides } from "../../fixtures/make-test";
import { outcome } from "./worlds/runs";

const ASKED = { annotations: { "kollect.dev/requested-by": "alice" } };

function recorder() {
  const verdicts: Verdict[] = [];
  const aborted: AbortedRun[] = [];
  const records = new RunRecords({
    admits: (namespace) => namespace === "shop",
    onVerdict: (verdict) => void verdicts.push(verdict),
    onAborted: (run) => void aborted.push(run),
  });
  return { records, verdicts, aborted };
}

function runOf(given: TestOverrides = {}): TestRun {
  const test = makeTest(given);
  const decision = decide(test, 300, 0) as Probing;
  const abort = new AbortController();
  return { test, decision, generation: 1, abort, shown: false, recorded: false };
}

const target = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" };

describe("a run's record", () => {
  it("says what was probed, for whom, and how long it waited", () => {
    const { records, verdicts, aborted } = recorder();
    const run = runOf({ metadata: ASKED });
    const ended = outcome({ waitedMs: 20 });
    records.record(run, ended, undefined, 70);
    expect(verdicts).toEqual([
      { test: run.test, target, ownerSink: true, outcome: ended, requestedBy: "alice", waitedMs: 70 },
    ]);
    expect(aborted).toEqual([]);
  });

  it("says why there is no verdict", () => {
    const { records, verdicts, aborted } = recorder();
    const ended = outcome({ waitedMs: 20 });
    records.record(runOf({ spec: { ownerSink: false } }), ended, "TestChanged");
    expect(aborted).toMatchObject([
      { target, ownerSink: false, outcome: ended, waitedMs: 20, why: "TestChanged" },
    ]);
    expect(verdicts).toEqual([]);
  });

  it("names no sink when the spec does not", () => {
    const { records, verdicts } = recorder();
    records.record(runOf({ spec: { sinkRef: {}, ownerSink: true } }), outcome());
    expect(verdicts).toMatchObject([{ target: undefined, ownerSink: false }]);
  });

  it("is made once, with or without a verdict", () => {
    const { records, verdicts, aborted } = recorder();
    const [first, second] = [runOf(), runOf()];
    records.record(first, outcome());
    records.record(first, outcome(), "TestDeleted");
    records.record(second, outcome(), "TestDeleted");
    records.record(second, outcome());
    expect([verdicts.length, aborted.length]).toEqual([1, 1]);
  });

  it("is not made for a run that ended before it dialled, which may still get a verdict", () => {
    const { records, verdicts, aborted } = recorder();
    const run = runOf();
    records.record(run, rejection(undefined, 0), "TestDeleted");
    expect({ aborted, recorded: run.recorded }).toEqual({ aborted: [], recorded: false });
    records.record(run, rejection(undefined, 0));
    expect(verdicts).toHaveLength(1);
  });
});

it.each<readonly [what: string, metadata: TestOverrides["metadata"], user: string | undefined]>([
  ["is the user that admission recorded", ASKED, "alice"],
  ["is unknown without the annotation", {}, undefined],
  ["is not believed where admission does not apply", { ...ASKED, namespace: "elsewhere" }, undefined],
  ["is not believed without a namespace", { ...ASKED, namespace: undefined as never }, undefined],
])("who asked for a run %s", (_what, metadata, user) => {
  expect(recorder().records.requestedBy(makeTest({ metadata }))).toBe(user);
});

it("a spec that cannot be probed has an outcome without attempts and Secrets", () => {
  const failure = { reason: "InvalidSinkRef" as const, message: "Name a sink." };
  const fixed = { startedAt: 5, completedAt: 5, attempts: 0, waitedMs: 0, sharedBy: 1, secrets: [] };
  const { probeId, ...rest } = rejection(failure, 5);
  expect(rest).toEqual({ ...fixed, failure });
  expect(rejection(undefined, 5)).not.toHaveProperty("failure");
  expect(rejection(failure, 5).probeId).not.toBe(probeId);
});
