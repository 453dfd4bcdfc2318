import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Sink } from "../../../capabilities/api/types";
import type { EndedAttempt } from "../../../capabilities/domain/outcome";
import type { Cluster, Secret } from "../../../capabilities/domain/ports";
import type { Operator } from "../../../capabilities/operator";
import { probeFor } from "../../../capabilities/probes/registry";
import { postgresSink } from "../../../lab/drafts";
import { makeTest } from "../../fixtures/make-test";
import { operatorIn } from "./worlds/operator";

const READ_MS = 1_000;
/** As many as leave connections to the API server free for verdicts. */
const PARALLEL_READS = 8;
const ENDED: EndedAttempt = {
  report: { endpoint: "127.0.0.1:5432", phases: [], latencyMs: 1 },
  closed: Promise.resolve(),
};

/** Reads that have begun, and the most at the same time. */
interface Reads {
  readonly begun: string[];
  now: number;
  most: number;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function sink(name: string): Sink {
  const draft = postgresSink("shop", name) as unknown as Sink;
  return { ...draft, metadata: { ...draft.metadata, uid: name, generation: 1 } };
}

/** An operator on an API server whose reads take a second. */
function operatorWith(reads: Reads): Operator {
  const read = async <T>(what: string, found: T): Promise<T> => {
    reads.begun.push(what);
    reads.now += 1;
    reads.most = Math.max(reads.most, reads.now);
    await new Promise((resolve) => setTimeout(resolve, READ_MS));
    reads.now -= 1;
    return found;
  };
  const secret = (name: string): Secret => {
    const data = new Map([["dsn", Buffer.from("postgres://user@127.0.0.1/db")]]);
    return { namespace: "shop", name, resourceVersion: "1", data };
  };
  const cluster: Partial<Cluster> = {
    getSink: (_kind, _namespace, name) => read(`sink ${name}`, sink(name)),
    getSecret: (_namespace, name) => read(`Secret ${name}`, secret(name)),
  };
  return operatorIn({ cluster, probeFor, attempt: () => Promise.resolve(ENDED) });
}

it("reads a sink that the watch has shown and the Secrets that it named at the same time", async () => {
  const reads: Reads = { begun: [], now: 0, most: 0 };
  const operator = operatorWith(reads);
  operator.sinks.shown(sink("orders"));
  operator.tests.shown(makeTest());
  await vi.advanceTimersByTimeAsync(READ_MS / 2);
  expect([...reads.begun].sort()).toEqual(["Secret orders", "sink orders"]);
});

it("reads the Secrets of a sink that the watch has not shown after it", async () => {
  const reads: Reads = { begun: [], now: 0, most: 0 };
  operatorWith(reads).tests.shown(makeTest());
  await vi.advanceTimersByTimeAsync(READ_MS / 2);
  expect(reads.begun).toEqual(["sink orders"]);
  await vi.advanceTimersByTimeAsync(READ_MS);
  expect(reads.begun).toEqual(["sink orders", "Secret orders"]);
});

it("does not read more at the same time when many sinks are tested", async () => {
  const reads: Reads = { begun: [], now: 0, most: 0 };
  const operator = operatorWith(reads);
  const names = Array.from({ length: 30 }, (_, at) => `sink-${at}`);
  for (const name of names) operator.sinks.shown(sink(name));
  for (const name of names) {
    const spec = { sinkRef: { databaseSinkRef: name } };
    operator.tests.shown(makeTest({ metadata: { uid: name, name }, spec }));
  }
  await vi.advanceTimersByTimeAsync(60 * READ_MS);
  expect(reads.begun).toHaveLength(60);
  expect(reads.most).toBeLessThanOrEqual(PARALLEL_READS);
});
