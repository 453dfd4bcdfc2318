import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, BenchCase } from "../bench";
import { costOf, PARTS } from "../cost";
import { inParallel } from "../in-parallel";
import type { Measure } from "../report";
import { residentMiB } from "../sampler";
import { quantile } from "../statistics";
import { testObject, testsPath } from "../test-objects";
import { preciseNow, watchTests } from "../test-watch";

const SINKS = 500;
/** An hour of the day lasts so long. */
const HOUR_MS = 8_000;
/** Tests created in each hour, evenly: people and pipelines work by day, and at three all sinks are tested at once. */
const HOURS = [
  20,
  20,
  20,
  SINKS,
  20,
  20,
  40,
  80,
  160,
  240,
  240,
  240,
  160,
  240,
  240,
  240,
  160,
  80,
  40,
  40,
  40,
  20,
  20,
  20,
];
const NIGHTLY = 3;
const TTL_SECONDS = 30;
const PATIENCE_MS = 60_000;

/** A day of a cluster whose pipelines and people test 500 sinks, with a nightly test of all of them. */
export const day: BenchCase = {
  name: `a day in ${(HOURS.length * HOUR_MS) / 60_000} minutes: ${sum(HOURS)} tests of ${SINKS} sinks`,
  long: true,
  run: async (bench) => {
    const namespace = await bench.namespace();
    const sinks = await bench.healthySinks(namespace, "sink", SINKS);
    const pid = bench.stage.operator.watcher.pid;
    const atRest = residentMiB(pid);
    const { result, cost } = await costOf(bench, () => live(bench, namespace, sinks));
    const count = result.took.length;
    return [
      { what: "create to completed, p50", value: quantile(result.took, 0.5), unit: "ms" },
      { what: "create to completed, p99", value: quantile(result.took, 0.99), unit: "ms" },
      { what: "tests without the verdict True", value: result.missed, target: { atMost: 0 } },
      { what: "resident memory before", value: atRest, unit: "MiB" },
      { what: "resident memory after", value: residentMiB(pid), unit: "MiB" },
      ...PARTS.map(
        (part): Measure => ({
          row: "for a test",
          what: part,
          value: cost[part] / count,
          unit: "ms",
        }),
      ),
    ];
  },
};

interface Lived {
  /** Milliseconds from creation to verdict of each test that got one. */
  readonly took: readonly number[];
  readonly missed: number;
}

async function live(bench: Bench, namespace: string, sinks: readonly string[]): Promise<Lived> {
  const { client } = bench;
  const watch = await watchTests(client, namespace);
  const created = new Map<string, number>();
  const create = async (name: string, sink: string): Promise<void> => {
    created.set(name, preciseNow());
    const body = testObject(name, { namespace, sink, ttlSeconds: TTL_SECONDS });
    await client.send({ method: "POST", path: testsPath(namespace), body });
  };
  for (const [hour, count] of HOURS.entries()) {
    const jobs = Array.from({ length: count }, (_, index) => ({
      name: `hour-${hour}-${index}`,
      sink: sinks[index % sinks.length] ?? "",
      at: hour === NIGHTLY ? 0 : (index * HOUR_MS) / count,
    }));
    const start = performance.now();
    const untilIts = (at: number): Promise<void> => sleep(Math.max(0, at - (performance.now() - start)));
    await inParallel(jobs, async ({ name, sink, at }) => {
      await untilIts(at);
      await create(name, sink);
    });
    await untilIts(HOUR_MS);
  }
  await watch.finished([...created.keys()], PATIENCE_MS);
  watch.close();
  const took = [...created].flatMap(([name, at]) => {
    const { doneAt, verified } = watch.seen.get(name) ?? {};
    return doneAt !== undefined && verified === "True" ? [doneAt - at] : [];
  });
  return { took, missed: created.size - took.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}
