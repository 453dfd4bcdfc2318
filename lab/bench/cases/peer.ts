import { join } from "node:path";
import type { Bench, BenchCase } from "../bench";
import { runBurst, type BurstResult } from "../burst";
import { startPeer } from "../peer";
import type { Measure } from "../report";
import { sampleProcess } from "../sampler";
import { oneByOne } from "./latency";

const TESTS = 1_000;
const FEW = 200;
const SILENT = 5;
const PATIENCE_MS = 120_000;

/** The same load on another operator, beside the same admission process. */
export function peerCase(binary: string): BenchCase {
  return {
    name: `another operator: ${binary}`,
    run: async (bench) => {
      const denominator = await bench.denominator();
      return bench.withoutWatcher(() => measurePeer(bench, binary, denominator));
    },
  };
}

async function measurePeer(bench: Bench, binary: string, denominator: number): Promise<Measure[]> {
  const { cluster } = bench.stage;
  const logFile = join(cluster.dataDir, "peer.log");
  const peer = await startPeer({ binary, kubeconfig: cluster.kubeconfig, logFile });
  try {
    const peaks = sampleProcess(peer.pid, cluster.url);
    const single = await oneByOne(bench);
    const burst = await peerBurst(bench, { prefix: "peer", count: TESTS, silent: 0 });
    const among = await peerBurst(bench, { prefix: "peer-among", count: FEW, silent: SILENT });
    const { residentMiB, sockets } = peaks();
    return [
      { what: "the API server alone", value: denominator, unit: "/s" },
      { what: "one test at a time: create to completed, p50", value: single.took, unit: "ms" },
      { what: `${TESTS} tests of one sink: healthy tests`, value: burst.perSecond, unit: "/s" },
      { what: "ratio", value: burst.perSecond / denominator },
      { what: "create to completed, p99", value: burst.p99, unit: "ms" },
      { what: "healthy tests without the verdict True", value: burst.falseNegatives },
      { what: `with ${SILENT} silent sinks: of ${FEW} healthy tests finished`, value: among.finished },
      { what: "create to completed of those, p99", value: among.p99, unit: "ms" },
      { what: "sockets to the API server, most", value: sockets },
      { what: "resident memory, most", value: residentMiB, unit: "MiB" },
    ];
  } finally {
    await peer.stop();
  }
}

async function peerBurst(
  bench: Bench,
  { prefix, count, silent }: { readonly prefix: string; readonly count: number; readonly silent: number },
): Promise<BurstResult> {
  const namespace = await bench.namespace();
  const healthy = Array.from({ length: count }, () => "healthy");
  const sinks = await bench.silentSinks(namespace, silent);
  return runBurst({
    client: bench.client,
    namespace,
    prefix,
    healthy,
    silent: sinks,
    timeoutMs: PATIENCE_MS,
  });
}
