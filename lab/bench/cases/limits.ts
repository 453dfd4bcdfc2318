import { runBurst } from "../burst";
import type { BenchCase } from "../bench";
import { limitProcess } from "../control-group";

/** What the generated Deployment of the watcher allows. */
const LIMITS = { cpus: 0.5, memoryMiB: 512 };
const TESTS = 1_000;

/** A report without targets: what the watcher manages with the share that its Deployment gives it. */
export const limits: BenchCase = {
  name: `1000 tests of one sink, the watcher limited to ${LIMITS.cpus} CPU and ${LIMITS.memoryMiB} MiB`,
  long: true,
  run: async (bench) => {
    const denominator = await bench.denominator();
    const namespace = await bench.namespace();
    const { watcher } = bench.stage.operator;
    const release = limitProcess(watcher.pid, LIMITS);
    const peaks = bench.sampleWatcher();
    const healthy = Array.from({ length: TESTS }, () => "healthy");
    try {
      const result = await runBurst({ client: bench.client, namespace, prefix: "limited", healthy });
      const { residentMiB } = peaks();
      return [
        { what: "the API server alone", value: denominator, unit: "/s" },
        { what: "healthy tests", value: result.perSecond, unit: "/s" },
        { what: "ratio", value: result.perSecond / denominator },
        { what: "create to completed, p99", value: result.p99, unit: "ms" },
        {
          what: "healthy tests without the verdict True",
          value: result.falseNegatives,
          target: { atMost: 0 },
        },
        { what: "resident memory, most", value: residentMiB, unit: "MiB" },
      ];
    } finally {
      await watcher.stop();
      release();
      await watcher.restart();
    }
  },
};
