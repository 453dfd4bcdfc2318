import type { PostgresServer } from "../servers/postgres/server";
import type { Stage } from "../stage";
import { processorSeconds } from "./processor-time";

/** The programs that take part. `load` creates the tests, and is the operator that costs nothing. */
export const PARTS = ["API server", "etcd", "admission", "watcher", "PostgreSQL", "load"] as const;

/** Milliseconds of processor time by program; those of a program that does not run are 0. */
export type Cost = Readonly<Record<(typeof PARTS)[number], number>>;

/** Does the work and measures what each program takes for it. None of them may be replaced meanwhile. */
export async function costOf<T>(
  programs: { readonly stage: Stage; readonly postgres: Pick<PostgresServer, "pid"> },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> {
  const before = taken();
  const result = await work();
  const after = taken();
  const cost = Object.fromEntries(PARTS.map((part) => [part, 1000 * (after[part] - before[part])]));
  return { result, cost: cost as Cost };

  function taken(): Cost {
    const { cluster, operator } = programs.stage;
    const { user, system } = process.cpuUsage();
    return {
      "API server": processorSeconds(cluster.processes.apiServer.pid),
      etcd: processorSeconds(cluster.processes.etcd.pid),
      admission: processorSeconds(operator.admission.pid),
      watcher: processorSeconds(operator.watcher.pid),
      PostgreSQL: processorSeconds(programs.postgres.pid),
      load: (user + system) / 1e6,
    };
  }
}
