import { bareSession } from "../bare-session";
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
    const targets = { ofFree: 0.92, freeOfAlone: 0.85, postgresConnections: POSTGRES_CONNECTIONS };
    return (await measureBurst(bench, { namespace, prefix: "one", healthy }, targets)).measures;
  },
};

/** As many sinks as tests, so that no probe is shared. */
export const distinctSinks: BenchCase = {
  name: "1000 tests of 1000 sinks at once",
  run: async (bench) => {
    const namespace = await bench.namespace();
    const healthy = await bench.healthySinks(namespace, "sink", TESTS);
    const targets = { ofFree: 0.75, postgresConnections: POSTGRES_CONNECTIONS };
    const probe = await bareSession(bench.postgres);
    return (await measureBurst(bench, { namespace, prefix: "many", healthy, probe }, targets)).measures;
  },
};
