import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, BenchCase } from "../bench";
import { runBurst } from "../burst";
import { waitUntil } from "../../control-plane/wait";
import { residentMiB } from "../sampler";
import { testsPath } from "../test-objects";
import { measureBurst } from "./measure-burst";

const BURST = 5_000;
/** Of the large burst; each takes three minutes. */
const ROUNDS = 3;
const BURSTS = 10;
const SINKS = 20;
const TTL_SECONDS = 5;
/** What is still there would count as memory that grew. */
const GONE_WITHIN_MS = 180_000;
/** V8 gives back what was needed for a moment when little was asked of it for eight seconds. */
const REST_MS = 20_000;

/** Five times as many tests of one sink. */
export const largeBurst: BenchCase = {
  name: "5000 tests of one sink at once",
  long: true,
  run: async (bench) => {
    const namespace = await bench.namespace();
    const healthy = Array.from({ length: BURST }, () => "healthy");
    const burst = { namespace, prefix: "five", healthy, rounds: ROUNDS };
    const { measures } = await measureBurst(bench, burst, { ofFree: 0.92 });
    await bench.removeTests(namespace);
    return measures;
  },
};

/** Memory and descriptors over many tests. */
export const endurance: BenchCase = {
  name: "50000 tests in 10 bursts",
  long: true,
  run: async (bench) => {
    const namespace = await bench.namespace();
    const sinks = await bench.healthySinks(namespace, "sink", SINKS);
    const healthy = Array.from({ length: BURST }, (_, index) => sinks[index % SINKS] ?? "");
    const rounds: Round[] = [];
    for (let index = 0; index < BURSTS; index += 1) {
      rounds.push(await round(bench, { namespace, prefix: `round-${index}`, healthy }));
    }
    const [first, last] = [rounds[0], rounds.at(-1)];
    if (!first || !last) throw new Error("no burst was run");
    return [
      { what: "memory after the first 5000", value: first.residentMiB, unit: "MiB" },
      { what: "memory after the last 5000", value: last.residentMiB, unit: "MiB" },
      { what: "ratio", value: last.residentMiB / first.residentMiB, target: { atMost: 1.12 } },
      { what: "descriptors, most in the first burst", value: first.descriptors },
      { what: "descriptors, most in the last burst", value: last.descriptors },
      {
        what: "sockets to the API server, most",
        value: Math.max(...rounds.map((one) => one.sockets)),
        target: { atMost: 32 },
      },
      {
        what: "tests without the verdict True",
        value: rounds.reduce((sum, one) => sum + one.falseNegatives, 0),
        target: { atMost: 0 },
      },
    ];
  },
};

interface Round {
  readonly residentMiB: number;
  readonly sockets: number;
  readonly descriptors: number;
  readonly falseNegatives: number;
}

async function round(
  bench: Bench,
  burst: { readonly namespace: string; readonly prefix: string; readonly healthy: readonly string[] },
): Promise<Round> {
  const peaks = bench.sampleWatcher();
  const { falseNegatives, perSecond } = await runBurst({
    client: bench.client,
    ...burst,
    ttlSeconds: TTL_SECONDS,
  });
  await gone(bench, burst.namespace);
  await sleep(REST_MS);
  const { sockets, descriptors } = peaks();
  const resident = residentMiB(bench.stage.operator.watcher.pid);
  bench.log(
    `  ${burst.prefix}: ${Math.round(perSecond)}/s, ${Math.round(resident)} MiB, ${descriptors} descriptors`,
  );
  return { residentMiB: resident, sockets, descriptors, falseNegatives };
}

/** Waits until the operator has deleted every test of the namespace. */
async function gone({ client }: Bench, namespace: string): Promise<void> {
  const one = `${testsPath(namespace)}?limit=1`;
  await waitUntil(
    { what: "the deletion of a burst's tests", timeoutMs: GONE_WITHIN_MS, intervalMs: 1_000 },
    async () => ((await client.get<{ items: unknown[] }>(one)).items.length === 0 ? true : undefined),
  );
}
