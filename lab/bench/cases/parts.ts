import type { BenchCase } from "../bench";
import { runBurst } from "../burst";
import { PARTS, type Cost } from "../cost";
import type { Measure } from "../report";
import { median } from "../statistics";
import { testsPath } from "../test-objects";

const TESTS = 300;
const ROUNDS = 8;
/** The webhooks do not apply to it. */
const WITHOUT_WEBHOOKS = "kube-system";

/** One way to create and finish a test without an operator. */
interface Variant {
  readonly row: string;
  /** The operator's whole status, or the smallest one of a finished test. */
  readonly whole: boolean;
  readonly watches: number;
  readonly namespace?: string;
}

const VARIANTS: readonly Variant[] = [
  { row: "one field", whole: false, watches: 0 },
  { row: "2 watches", whole: false, watches: 2 },
  { row: "whole", whole: true, watches: 0 },
  { row: "both", whole: true, watches: 2 },
  { row: "no webhooks", whole: true, watches: 2, namespace: WITHOUT_WEBHOOKS },
];

/** What the parts of a test cost each program without an operator, when tests are created 16 at a time. */
export const parts: BenchCase = {
  name: "a test without an operator, part by part",
  long: true,
  run: async (bench) => {
    const namespace = await bench.namespace();
    await runBurst({ client: bench.client, namespace, healthy: ["healthy"], prefix: "whole" });
    const { status } = await bench.client.get<{ status: object }>(testsPath(namespace, "whole-0"));
    const costs = new Map<Variant, Cost[]>(VARIANTS.map((variant) => [variant, []]));
    await bench.withoutWatcher(async () => {
      // The first round meets an admission process whose code V8 has not compiled yet.
      for (let index = 0; index <= ROUNDS; index += 1) {
        // Forwards and backwards in turn, so that a machine that becomes faster or slower favours none of them.
        for (const variant of index % 2 === 0 ? VARIANTS : [...VARIANTS].reverse()) {
          const { whole, watches, namespace: given } = variant;
          const written = whole ? { status } : {};
          const wanted = { namespace: given, count: TESTS, sink: "healthy", watches, ...written };
          const { cost } = await bench.createAndFinish(wanted);
          if (index > 0) costs.get(variant)?.push(cost);
        }
      }
    });
    return [...costs].flatMap(([{ row }, rounds]) => rowOf(row, rounds));
  },
};

function rowOf(row: string, rounds: readonly Cost[]): Measure[] {
  const of = (what: string, value: (cost: Cost) => number): Measure => ({
    ...{ row, what, unit: "ms" },
    value: median(rounds.map((cost) => value(cost) / TESTS)),
  });
  const took = PARTS.filter((part) => part !== "watcher" && part !== "PostgreSQL");
  return [
    ...took.map((part) => of(part, (cost) => cost[part])),
    of("all", (cost) => took.reduce((sum, part) => sum + cost[part], 0)),
  ];
}
