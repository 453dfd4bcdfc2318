import type { BenchCase } from "../bench";
import { measureBurst } from "./measure-burst";

const TESTS = 1_000;
const POSTGRES_CONNECTIONS = 10;

/** Many tests of one sink. */
export const oneSink: BenchCase = {
  name: "1000 tests of one sink at once",
  run: async (bench) => {
    const namespace = await bench.namespace();
    const healthy = Array.from({ length: TESTS }, () => "healthy");
    const targets = { ratio: 0.75, postgresConnections: POSTGRES_CONNECTIONS };
    return (await measureBurst(bench, { namespace, prefix: "one", healthy }, targets)).measures;
  },
};

/** As many sinks as tests, so that no probe is shared. */
export const distinctSinks: BenchCase = {
  name: "1000 tests of 1000 sinks at once",
  run: async (bench) => {
    const namespace = await bench.namespace();
    const healthy = await bench.healthySinks(namespace, "sink", TESTS);
    const targets = { ratio: 0.5, postgresConnections: POSTGRES_CONNECTIONS };
    return (await measureBurst(bench, { namespace, prefix: "many", healthy }, targets)).measures;
  },
};
