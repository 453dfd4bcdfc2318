import { join } from "node:path";
import type { Bench, BenchCase } from "../bench";
import { runBurst, type BurstResult } from "../burst";
import { medianProbe, medianTook, oneByOne } from "../one-by-one";
import { startPeer, untilPeerServes } from "../peer";
import type { Measure } from "../report";
import { sampleProcess } from "../sampler";

const TESTS = 1_000;
const FEW = 200;
const SILENT = 5;
const PATIENCE_MS = 120_000;
/** For one test; a peer that misses one does not end the measurement. */
const SINGLE_PATIENCE_MS = 5_000;
const SINGLES = 60;
/** Those before them, which find code that is not compiled. */
const UNMEASURED_SINGLES = 100;

/** The same load on this operator and on another one, beside the same admission process, in one table. */
export function peerCase(commandLine: string): BenchCase {
  return {
    name: `this operator and another one: ${commandLine}`,
    run: async (bench) => {
      const { watcher } = bench.stage.operator;
      const alone = await bench.denominator();
      // Its watcher was just started, and V8 has not compiled its code yet.
      await burstOf(bench, { prefix: "warm-up", count: TESTS, silent: 0 });
      const ours = await measureOperator(bench, { row: "this one", prefix: "ours", pid: watcher.pid, alone });
      const theirs = await bench.withoutWatcher(() => measurePeer(bench, commandLine, alone));
      return [{ what: "the API server alone", value: alone, unit: "/s" }, ...ours, ...theirs];
    },
  };
}

async function measurePeer(bench: Bench, commandLine: string, alone: number): Promise<Measure[]> {
  const { cluster } = bench.stage;
  const logFile = join(cluster.dataDir, "peer.log");
  const peer = await startPeer({ commandLine, kubeconfig: cluster.kubeconfig, logFile });
  try {
    await untilPeerServes(bench);
    return await measureOperator(bench, { row: "the other", prefix: "peer", pid: peer.pid, alone });
  } finally {
    await peer.stop();
  }
}

interface Measured {
  readonly row: string;
  readonly prefix: string;
  readonly pid: number;
  readonly alone: number;
}

async function measureOperator(bench: Bench, { row, prefix, pid, alone }: Measured): Promise<Measure[]> {
  const peaks = sampleProcess(pid, bench.stage.cluster.url);
  const singles = { namespace: await bench.namespace(), timeoutMs: SINGLE_PATIENCE_MS };
  const before = await oneByOne(bench, { ...singles, prefix: `${prefix}-before`, count: UNMEASURED_SINGLES });
  const single = await oneByOne(bench, { ...singles, prefix: `${prefix}-single`, count: SINGLES });
  const burst = await burstOf(bench, { prefix, count: TESTS, silent: 0 });
  const among = await burstOf(bench, { prefix: `${prefix}-among`, count: FEW, silent: SILENT });
  const { residentMiB, sockets } = peaks();
  return [
    {
      row,
      what: "one alone, p50",
      value: medianTook(single.tests),
      unit: "ms",
    },
    { row, what: "its probe, p50", value: medianProbe(single.tests), unit: "ms" },
    { row, what: "missed", value: before.unfinished + single.unfinished + burst.falseNegatives },
    { row, what: `${TESTS} tests`, value: burst.perSecond, unit: "/s" },
    { row, what: "of alone", value: burst.perSecond / alone },
    { row, what: "p99", value: burst.p99, unit: "ms" },
    { row, what: `of ${FEW} beside ${SILENT}`, value: among.finished },
    { row, what: "their p99", value: among.p99, unit: "ms" },
    { row, what: "sockets", value: sockets },
    { row, what: "memory", value: residentMiB, unit: "MiB" },
  ];
}

async function burstOf(
  bench: Bench,
  { prefix, count, silent }: { readonly prefix: string; readonly count: number; readonly silent: number },
): Promise<BurstResult> {
  const namespace = await bench.namespace();
  const healthy = Array.from({ length: count }, () => "healthy");
  const sinks = await bench.silentSinks(namespace, silent);
  const load = { client: bench.client, namespace, prefix, healthy, silent: sinks, timeoutMs: PATIENCE_MS };
  try {
    return await runBurst(load);
  } finally {
    // An operator that starts later must not find those of the silent servers: they could occupy it for minutes.
    await bench.removeTests(namespace);
  }
}
