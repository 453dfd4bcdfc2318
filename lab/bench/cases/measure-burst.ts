import { readTraffic } from "../api-traffic";
import type { Bench } from "../bench";
import { runBurst, type BurstOptions, type BurstResult } from "../burst";
import { costOf, PARTS, type Cost } from "../cost";
import { watchPostgres, type PostgresLoad } from "../postgres-load";
import type { Measure } from "../report";
import type { ProcessPeaks } from "../sampler";
import { median, repeated } from "../statistics";
import { WARM_UP_TESTS } from "../warm-up";

/** What a burst must keep to. */
export interface BurstTargets {
  /** Of the rate of an operator that costs nothing. */
  readonly ofFree: number;
  /** Of such an operator's own rate, as a fraction of what the API server does alone. */
  readonly freeOfAlone?: number;
  readonly postgresConnections?: number;
}

export interface BurstCase extends Omit<BurstOptions, "client"> {
  /** What the operator that costs nothing does for each test before it writes the verdict. */
  readonly probe?: () => Promise<void>;
  readonly rounds?: number;
}

/** A burst and all that is measured beside it. */
export interface MeasuredBurst {
  readonly result: BurstResult;
  readonly measures: Measure[];
}

const ROUNDS = 5;
const MAX_SOCKETS = 32;
const MAX_RESIDENT_MIB = 200;

/** One sitting: everything that is compared happens within two minutes, because machines change from minute to minute. */
interface Round {
  /** Meets a watcher that was just started, whose memory is its own, and a client that counts PostgreSQL's sessions. */
  readonly first: PostgresLoad & { readonly result: BurstResult } & ProcessPeaks;
  /** Tells how fast it is: V8 has compiled by then what runs often, and no other process takes processor time. */
  readonly warm: BurstResult;
  readonly cost: Cost;
  readonly free: number;
  readonly freeCost: Cost;
  readonly alone: number;
  /** All of the round. */
  readonly bursts: readonly BurstResult[];
}

/** Measures bursts beside an operator that costs nothing and beside the API server alone, in turns. */
export async function measureBurst(
  bench: Bench,
  options: BurstCase,
  targets: BurstTargets,
): Promise<MeasuredBurst> {
  const rounds: Round[] = [];
  for (let index = 0; index < (options.rounds ?? ROUNDS); index += 1)
    rounds.push(await round(bench, options, index));
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (!first || !last) throw new Error("no burst was run");
  const traffic = await readTraffic(bench.stage.cluster.auditLog, last.warm.names);
  return { result: last.warm, measures: [...rates(rounds, targets), ...costs(rounds), ...promises()] };

  function promises(): Measure[] {
    const { postgresConnections } = targets;
    const most = (of: (one: Round) => number): number => Math.max(...rounds.map(of));
    const bursts = rounds.flatMap((one) => one.bursts);
    return [
      {
        what: "healthy tests without the verdict True",
        value: bursts.reduce((sum, { falseNegatives }) => sum + falseNegatives, 0),
        target: { atMost: 0 },
      },
      {
        what: "connections at PostgreSQL, most at one moment",
        value: most((one) => one.first.peakConnections),
        ...(postgresConnections === undefined ? {} : { target: { atMost: postgresConnections } }),
      },
      { what: "probes that reached PostgreSQL", value: median(rounds.map((one) => one.first.sessions)) },
      {
        what: "sockets to the API server, most",
        value: most((one) => one.first.sockets),
        target: { atMost: MAX_SOCKETS },
      },
      {
        what: "resident memory, most",
        value: most((one) => one.first.residentMiB),
        unit: "MiB",
        target: { atMost: MAX_RESIDENT_MIB },
      },
      { what: "status writes for each test", value: traffic.statusWritesPerTest, target: { atMost: 1.01 } },
      {
        what: "tests on which another write came first",
        value: traffic.otherWriteFirst,
        target: { atMost: 0 },
      },
      { what: "requests of the operator for each test, so far", value: traffic.requestsPerTest },
    ];
  }
}

async function round(bench: Bench, { probe, ...options }: BurstCase, index: number): Promise<Round> {
  const bursts: BurstResult[] = [];
  const burst = async (part: string): Promise<BurstResult> => {
    const prefix = `${options.prefix}-${index}-${part}`;
    const result = await runBurst({ client: bench.client, ...options, prefix });
    bursts.push(result);
    return result;
  };
  // A new process, so that its memory is that of this load.
  await bench.withoutWatcher(() => Promise.resolve());
  const peaks = bench.sampleWatcher();
  const first = await watchPostgres(bench.postgres, () => burst("first"));
  const ended = peaks();
  const count = options.healthy.length;
  for (let done = count; done < WARM_UP_TESTS; done += count) await burst(`after-${done}`);
  const { cost, result: warm } = await costOf(bench, () => burst("warm"));
  const finished = warm.names[0] ?? "";
  const { namespace } = options;
  const free = await bench.freeOperator({ namespace, finished, count, probe });
  // A watcher that starts beside the tests of earlier rounds would need memory for them.
  await bench.removeTests(namespace);
  const alone = await bench.denominator();
  return { first: { ...first, ...ended }, warm, cost, free: free.result, freeCost: free.cost, alone, bursts };
}

function rates(rounds: readonly Round[], { ofFree, freeOfAlone }: BurstTargets): Measure[] {
  const of = (what: (one: Round) => number): Pick<Measure, "value" | "spread"> => repeated(rounds.map(what));
  return [
    { what: "the API server alone", ...of((one) => one.alone), unit: "/s" },
    { what: "an operator that costs nothing", ...of((one) => one.free), unit: "/s" },
    { what: "healthy tests", ...of((one) => one.warm.perSecond), unit: "/s" },
    {
      what: "ratio to an operator that costs nothing",
      ...of((one) => one.warm.perSecond / one.free),
      target: { atLeast: ofFree },
    },
    {
      what: "ratio of that operator to the API server alone",
      ...of((one) => one.free / one.alone),
      ...(freeOfAlone === undefined ? {} : { target: { atLeast: freeOfAlone } }),
    },
    { what: "ratio to the API server alone", ...of((one) => one.warm.perSecond / one.alone) },
    {
      what: "ratio to it of a watcher that was just started",
      ...of((one) => one.first.result.perSecond / one.alone),
    },
    { what: "create to completed, p50", ...of((one) => one.warm.p50), unit: "ms" },
    { what: "create to completed, p99", ...of((one) => one.warm.p99), unit: "ms" },
  ];
}

/** Milliseconds of processor time for each test, part by part. */
function costs(rounds: readonly Round[]): Measure[] {
  const row = (name: string, cost: (one: Round) => Cost): Measure[] =>
    PARTS.map((part) => ({
      row: name,
      what: part,
      unit: "ms",
      value: median(rounds.map((one) => cost(one)[part] / one.warm.finished)),
    }));
  return [...row("this one", (one) => one.cost), ...row("free", (one) => one.freeCost)];
}
