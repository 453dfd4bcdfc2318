import type { Bench, BenchCase } from "../bench";
import { runBurst } from "../burst";
import type { Measure } from "../report";

const TESTS = 1_000;
/** 5 % of them. */
const MANY = 50;

interface Silence {
  readonly sinks: number;
  readonly p99Ratio: number;
  /** Spreads the healthy tests over so many sinks. */
  readonly healthySinks: number;
}

/** A few silent sinks among many tests of one healthy sink. */
export const fewSilent: BenchCase = {
  name: "1000 tests of one sink with 5 silent sinks among them",
  run: (bench) => compare(bench, { sinks: 5, p99Ratio: 1.5, healthySinks: 1 }),
};

/** Many silent sinks in the namespace of the healthy ones. */
export const manySilent: BenchCase = {
  name: "1000 tests of 100 sinks with 50 silent sinks among them",
  run: (bench) => compare(bench, { sinks: MANY, p99Ratio: 1.3, healthySinks: 100 }),
};

/** The same burst without and with the silent ones, each in a namespace of its own. */
async function compare(bench: Bench, { sinks, p99Ratio, healthySinks }: Silence): Promise<Measure[]> {
  const run = async (count: number): ReturnType<typeof runBurst> => {
    const namespace = await bench.namespace();
    const names = await bench.healthySinks(namespace, "sink", healthySinks);
    const silent = await bench.silentSinks(namespace, count);
    const healthy = Array.from({ length: TESTS }, (_, index) => names[index % names.length] ?? "");
    return runBurst({ client: bench.client, namespace, prefix: `with-${count}`, healthy, silent });
  };
  await run(0); // a new watcher's first burst is its slowest, and would flatter the ratio
  const without = await run(0);
  const among = await run(sinks);
  return [
    { what: "p99 without them", value: without.p99, unit: "ms" },
    { what: "p99 of the healthy ones with them", value: among.p99, unit: "ms" },
    { what: "ratio", value: among.p99 / without.p99, target: { atMost: p99Ratio } },
    {
      what: "healthy tests without the verdict True",
      value: without.falseNegatives + among.falseNegatives,
      target: { atMost: 0 },
    },
  ];
}
