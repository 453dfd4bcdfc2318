import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import type { EndedAttempt } from "../../../capabilities/domain/outcome";
import type { Cluster } from "../../../capabilities/domain/ports";
import type { Probe } from "../../../capabilities/probes/probe";
import type { Operator } from "../../../capabilities/operator";
import { makeTest } from "../../fixtures/make-test";
import { operatorIn } from "./worlds/operator";

const ENDED: EndedAttempt = {
  report: { endpoint: "db:5432", phases: [], latencyMs: 1 },
  closed: Promise.resolve(),
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function operatorWith(attempt: () => Promise<EndedAttempt>): Operator {
  const metadata = { name: "orders", namespace: "shop", uid: "sink", generation: 1 };
  const sink = { kind: "KollectDatabaseSink", metadata, spec: { type: "postgres" } } as Sink;
  const cluster: Partial<Cluster> = {
    getSink: () => Promise.resolve(sink),
    getTest: () => Promise.resolve(makeTest()),
  };
  const probe: Partial<Probe> = { references: () => [], plan: () => ({ endpoint: "db:5432" }) };
  return operatorIn({ cluster, probeFor: () => probe as Probe, attempt });
}

/** What its checks find when this much time has passed since the last look. */
async function found({ checks, echoCheck }: Operator, elapsedMs: number): Promise<(string | undefined)[]> {
  const all = await Promise.all([...checks, echoCheck].map((check) => check(elapsedMs)));
  return all.filter((wrong) => wrong !== undefined);
}

it("finds a probe that does not end at its deadline, and nothing while it may still run", async () => {
  const operator = operatorWith(() => new Promise(() => undefined));
  operator.tests.shown(makeTest({ spec: { timeoutSeconds: 10 } }));
  await vi.advanceTimersByTimeAsync(1_000);
  // A minute more, in which it may wait for its turn to derive a key.
  expect(await found(operator, 65_000)).toEqual([]);
  expect(await found(operator, 5_001)).toEqual(["A probe is still running long after its deadline."]);
});

it("finds a verdict that the watch does not show, until it shows it", async () => {
  const operator = operatorWith(() => Promise.resolve(ENDED));
  const test = makeTest();
  operator.tests.shown(test);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await found(operator, 15_000)).toEqual([]);
  expect(await found(operator, 1)).toEqual(["The watch of tests does not show verdicts that were written."]);
  const completedAt = new Date().toISOString();
  operator.tests.shown({ ...test, status: { completed: true, completedAt, observedGeneration: 1 } });
  expect(await found(operator, 60_000)).toEqual([]);
});

it("finds nothing when verdicts are shown before their write is answered, or the test is gone by then", async () => {
  const operator = operatorWith(() => Promise.resolve(ENDED));
  const test = makeTest();
  operator.tests.shown(test);
  const completedAt = new Date().toISOString();
  operator.tests.shown({ ...test, status: { completed: true, completedAt, observedGeneration: 1 } });
  const other = makeTest({ metadata: { uid: "other", name: "other" } });
  operator.tests.shown(other);
  operator.tests.deleted(other);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await found(operator, 60_000)).toEqual([]);
});
