import { setTimeout as sleep } from "node:timers/promises";
import type { BenchCase } from "../bench";
import { createFinished } from "../denominator";
import { watchPostgres } from "../postgres-load";

const TESTS = 5_000;
/** Longer than it takes to probe anything that would be probed. */
const LOOK_MS = 5_000;

/** A start that finds many tests which are over. */
export const restart: BenchCase = {
  name: "restart with 5000 finished tests",
  run: async (bench) => {
    const { client, stage } = bench;
    const namespace = await bench.namespace();
    const { watcher } = stage.operator;
    await watcher.stop();
    await createFinished({ client, namespace, prefix: "over", count: TESTS });
    const { result, sessions } = await watchPostgres(bench.postgres, async () => {
      const start = performance.now();
      await watcher.restart();
      const ready = (performance.now() - start) / 1000;
      const peaks = bench.sampleWatcher();
      await sleep(LOOK_MS);
      return { ready, ...peaks() };
    });
    await bench.removeTests(namespace);
    return [
      { what: "time to ready", value: result.ready, unit: "s", target: { atMost: 5 } },
      { what: "probes", value: sessions, target: { atMost: 0 } },
      { what: "resident memory, most", value: result.residentMiB, unit: "MiB" },
    ];
  },
};
