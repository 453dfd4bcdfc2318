import { readApiAudit } from "../../api-audit";
import { isOperator } from "../api-traffic";
import type { Bench, BenchCase } from "../bench";
import { createFinished } from "../denominator";
import type { Measure } from "../report";
import { quantile } from "../statistics";
import { watchTests } from "../test-watch";

/** Matches the TTL that the load's tests have. */
const TTL_MS = 3_600_000;
const LEAD_MS = 5_000;
const TIMEOUT_MS = 300_000;
const MAX_LATE_SECONDS = 2;

/** Tests whose ends are spread over a time. */
export const ttlStorm: BenchCase = {
  name: "2000 finished tests end within 20 s",
  run: (bench) => storm(bench, { count: 2_000, windowMs: 20_000 }),
};

export const longTtlStorm: BenchCase = {
  name: "10000 finished tests end within 100 s",
  long: true,
  run: (bench) => storm(bench, { count: 10_000, windowMs: 100_000 }),
};

interface Storm {
  readonly count: number;
  readonly windowMs: number;
}

async function storm(bench: Bench, { count, windowMs }: Storm): Promise<Measure[]> {
  const { client, stage } = bench;
  const namespace = await bench.namespace();
  const dues = new Map<string, number>();
  const watch = await bench.withoutWatcher(async () => {
    // How long creation takes is not known beforehand; generous, because nothing may be due before the start.
    const start = Date.now() + count * 20 + LEAD_MS;
    const dueOf = (index: number): number => Math.ceil((start + (index * windowMs) / count) / 1000) * 1000;
    const opened = await watchTests(client, namespace);
    const completedAt = (index: number): Date => new Date(dueOf(index) - TTL_MS);
    await createFinished({ client, namespace, prefix: "due", count, completedAt });
    for (let index = 0; index < count; index += 1) dues.set(`due-${index}`, dueOf(index));
    return opened;
  });
  const ready = Date.now();
  const peaks = bench.sampleWatcher();
  const names = [...dues.keys()];
  const deleted = await watch.deleted(names, TIMEOUT_MS);
  watch.close();
  const ends = names.flatMap((name) => {
    const at = watch.seen.get(name)?.deletedAt;
    return at === undefined ? [] : [{ at, due: dues.get(name) ?? 0 }];
  });
  // What was due before the watcher was ready is late from then on.
  const late = ends.map(({ at, due }) => Math.max(0, at - Math.max(due, ready)) / 1000);
  return [
    { what: "not deleted", value: count - deleted, target: { atMost: 0 } },
    {
      what: "deleted too early",
      value: ends.filter(({ at, due }) => at < due).length,
      target: { atMost: 0 },
    },
    { what: "lateness, p50", value: quantile(late, 0.5), unit: "s" },
    { what: "lateness, most", value: quantile(late, 1), unit: "s", target: { atMost: MAX_LATE_SECONDS } },
    {
      what: "requests of the operator, most in one second",
      value: await busiestSecond(stage.cluster.auditLog, namespace),
    },
    { what: "resident memory, most", value: peaks().residentMiB, unit: "MiB" },
  ];
}

/** The operator's requests for tests of the namespace. */
async function busiestSecond(auditLog: string, namespace: string): Promise<number> {
  const counts = new Map<string, number>();
  for await (const record of readApiAudit(auditLog)) {
    if (record.objectRef?.namespace !== namespace || !isOperator(record)) continue;
    const second = record.requestReceivedTimestamp.slice(0, 19);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
