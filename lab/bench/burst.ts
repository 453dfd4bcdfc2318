import { inParallel } from "./in-parallel";
import type { LoadClient } from "./load-client";
import { quantile } from "./statistics";
import { testObject, testsPath } from "./test-objects";
import { preciseNow, watchTests } from "./test-watch";

/** Tests to create at once. */
export interface BurstOptions {
  readonly client: LoadClient;
  readonly namespace: string;
  /** Begins the tests' names. */
  readonly prefix: string;
  /** The sink of each healthy test, in order. */
  readonly healthy: readonly string[];
  /** The sink of each test that cannot succeed, spread evenly among the others. */
  readonly silent?: readonly string[];
  readonly ttlSeconds?: number;
  /** How long the last verdict may take. */
  readonly timeoutMs?: number;
}

/** What became of the healthy tests of a burst. Times in milliseconds from a test's creation to its verdict. */
export interface BurstResult {
  readonly names: readonly string[];
  readonly finished: number;
  /** Finished with another verdict than True. */
  readonly falseNegatives: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly perSecond: number;
  /** How fast the API server took the tests themselves, silent ones included. */
  readonly createdPerSecond: number;
}

const TIMEOUT_MS = 180_000;

/** Creates all tests, 16 at a time, and waits for the healthy ones' verdicts. */
export async function runBurst(options: BurstOptions): Promise<BurstResult> {
  const { client, namespace, healthy, ttlSeconds, timeoutMs = TIMEOUT_MS } = options;
  const jobs = mix(options);
  const watch = await watchTests(client, namespace);
  const created = new Map<string, number>();
  const start = preciseNow();
  await inParallel(jobs, async ({ name, sink }) => {
    created.set(name, preciseNow());
    const body = testObject(name, { namespace, sink, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) });
    await client.send({ method: "POST", path: testsPath(namespace), body });
  });
  const createSeconds = (preciseNow() - start) / 1000;
  const names = jobs.filter((job) => job.healthy).map((job) => job.name);
  const finished = await watch.finished(names, timeoutMs);
  watch.close();
  const done = names.flatMap((name) => {
    const { doneAt, verified } = watch.seen.get(name) ?? {};
    return doneAt === undefined ? [] : [{ doneAt, verified, took: doneAt - (created.get(name) ?? start) }];
  });
  const took = done.map((test) => test.took);
  const seconds = (Math.max(...done.map(({ doneAt }) => doneAt)) - start) / 1000;
  return {
    names,
    finished,
    falseNegatives: done.filter(({ verified }) => verified !== "True").length + (healthy.length - finished),
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    max: quantile(took, 1),
    perSecond: finished / seconds,
    createdPerSecond: jobs.length / createSeconds,
  };
}

interface Job {
  readonly name: string;
  readonly sink: string;
  readonly healthy: boolean;
}

function mix({ prefix, healthy, silent = [] }: BurstOptions): Job[] {
  const jobs: Job[] = healthy.map((sink, index) => ({ name: `${prefix}-${index}`, sink, healthy: true }));
  const every = Math.floor(healthy.length / Math.max(1, silent.length));
  silent.forEach((sink, index) => {
    jobs.splice(index * (every + 1), 0, { name: `${prefix}-silent-${index}`, sink, healthy: false });
  });
  return jobs;
}
