import { readTraffic } from "../api-traffic";
import type { Bench } from "../bench";
import { runBurst, type BurstOptions, type BurstResult } from "../burst";
import { watchPostgres } from "../postgres-load";
import type { Measure } from "../report";

/** What a burst must keep to. */
export interface BurstTargets {
  readonly ratio: number;
  readonly postgresConnections?: number;
}

/** A burst and all that is measured beside it. */
export interface MeasuredBurst {
  readonly result: BurstResult;
  readonly measures: Measure[];
}

const MAX_SOCKETS = 32;
const MAX_RESIDENT_MIB = 200;

/**
 * Measures two bursts, and the denominator before and after them. The first one meets a watcher that was just started,
 * whose memory is its own, and a client that counts sessions at PostgreSQL a hundred times a second. The second one
 * tells how fast it is, because V8 has compiled by then what runs often, and no other process takes processor time.
 */
export async function measureBurst(
  bench: Bench,
  options: Omit<BurstOptions, "client">,
  targets: BurstTargets,
): Promise<MeasuredBurst> {
  const before = await bench.denominator();
  const burst = (prefix: string): Promise<BurstResult> =>
    runBurst({ client: bench.client, ...options, prefix: `${options.prefix}-${prefix}` });
  const first = bench.sampleWatcher();
  const {
    result: early,
    peakConnections,
    sessions,
  } = await watchPostgres(bench.postgres, () => burst("first"));
  const { sockets, residentMiB } = first();
  const second = bench.sampleWatcher();
  const result = await burst("second");
  const { cpuSeconds } = second();
  // What else the machine does changes from minute to minute, so one of the two alone would mislead.
  const denominator = (before + (await bench.denominator())) / 2;
  const traffic = await readTraffic(bench.stage.cluster.auditLog, result.names);
  const free = await bench.freeOperator(options.namespace, result.names[0] ?? "");
  const { postgresConnections } = targets;
  return {
    result,
    measures: [
      { what: "the API server alone", value: denominator, unit: "/s" },
      { what: "healthy tests", value: result.perSecond, unit: "/s" },
      { what: "ratio", value: result.perSecond / denominator, target: { atLeast: targets.ratio } },
      { what: "ratio of a watcher that was just started", value: early.perSecond / denominator },
      { what: "ratio of an operator that costs nothing", value: free / denominator },
      { what: "create to completed, p50", value: result.p50, unit: "ms" },
      { what: "create to completed, p99", value: result.p99, unit: "ms" },
      {
        what: "healthy tests without the verdict True",
        value: early.falseNegatives + result.falseNegatives,
        target: { atMost: 0 },
      },
      {
        what: "connections at PostgreSQL, most at one moment",
        value: peakConnections,
        ...(postgresConnections === undefined ? {} : { target: { atMost: postgresConnections } }),
      },
      { what: "probes that reached PostgreSQL", value: sessions },
      { what: "sockets to the API server, most", value: sockets, target: { atMost: MAX_SOCKETS } },
      {
        what: "resident memory, most",
        value: residentMiB,
        unit: "MiB",
        target: { atMost: MAX_RESIDENT_MIB },
      },
      {
        what: "the watcher's processor time for each test",
        value: (1000 * cpuSeconds) / result.finished,
        unit: "ms",
      },
      { what: "status writes for each test", value: traffic.statusWritesPerTest, target: { atMost: 1.01 } },
      {
        what: "tests on which another write came first",
        value: traffic.otherWriteFirst,
        target: { atMost: 0 },
      },
      { what: "requests of the operator for each test, so far", value: traffic.requestsPerTest },
    ],
  };
}
