import type { Sink } from "../../../../capabilities/api/types";
import { DEFAULT_EXPORTER } from "../../../../capabilities/domain/exporter/settings";
import { failed } from "../../../../capabilities/domain/failure";
import type { ProbeReport } from "../../../../capabilities/domain/outcome";
import { systemClock } from "../../../../capabilities/lib/clock";
import type { Probe } from "../../../../capabilities/probes/probe";
import type { Resolution } from "../../../../capabilities/resolve/resolve-sink";
import type { RunDependencies } from "../../../../capabilities/scheduler/probe-run";
import { Slots } from "../../../../capabilities/scheduler/slots";
import { memoryLog } from "../../kube/http/peer";

/** A signal that never aborts. */
export const never = new AbortController().signal;
/** Lets everything happen that needs no time. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const REQUEST = {
  target: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" },
  timeoutSeconds: 1,
  retryLimit: 0,
} as const;
export const SINK = {
  kind: "KollectDatabaseSink",
  metadata: { name: "orders" },
  spec: { type: "postgres" },
} as Sink;
export const DONE: ProbeReport = { phases: [], latencyMs: 1 };
export const FAILED: ProbeReport = { ...DONE, failure: failed("TimedOut", "It did not answer.").failure };

/** A sink that is found, with a plan of this size. */
export function ready(endpoint: string, bytes: number, resourceVersion = "1"): Resolution {
  const probe = { type: "postgres" } as Probe;
  const secrets = [{ namespace: "shop", name: "pg", data: new Map<string, Buffer>(), resourceVersion }];
  return { sink: SINK, secrets, ready: { probe, plan: { endpoint }, type: "postgres", bytes } };
}

/** The dependencies of a run without grace, with one slot for each endpoint. */
export function dependencies(
  given: Pick<RunDependencies, "resolve" | "attempt"> & Partial<RunDependencies>,
): RunDependencies {
  return {
    clock: systemClock(),
    log: memoryLog(),
    slots: new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 }),
    dialled: (endpoint) => endpoint,
    sinks: { onChange: () => () => undefined },
    graceMs: 0,
    exporter: DEFAULT_EXPORTER,
    ...given,
  };
}
