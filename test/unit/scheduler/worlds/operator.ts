import { loadConfig } from "../../../../capabilities/config/options";
import type { Cluster } from "../../../../capabilities/domain/ports";
import { systemClock } from "../../../../capabilities/lib/clock";
import { createOperator, type Operator, type OperatorDependencies } from "../../../../capabilities/operator";
import { Metrics } from "../../../../capabilities/records/metrics";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** What an operator in memory is made of: the rest has defaults. */
export interface OperatorWorld extends Pick<OperatorDependencies, "probeFor" | "attempt"> {
  /** Beside calls that write statuses and owners, which are accepted. */
  readonly cluster: Partial<Cluster>;
  /** Settings beside `KOLLECT_EVENTS=false`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: OperatorDependencies["clock"];
  readonly log?: OperatorDependencies["log"];
  readonly auditLog?: OperatorDependencies["auditLog"];
}

/** The operator as it ships, over an API server and probes in memory. */
export function operatorIn({ cluster, env, clock, log, auditLog, ...given }: OperatorWorld): Operator {
  const accepting: Partial<Cluster> = {
    writeStatus: () => Promise.resolve("written"),
    writeOwners: () => Promise.resolve("written"),
    ...cluster,
  };
  const { config, cloud } = loadConfig({ KOLLECT_EVENTS: "false", ...env });
  return createOperator({
    ...given,
    config,
    cloud,
    cluster: accepting as Cluster,
    clock: clock ?? systemClock(),
    log: log ?? silent,
    auditLog: auditLog ?? silent,
    metrics: new Metrics(),
    dialled: (endpoint) => endpoint,
    admits: () => true,
  });
}
