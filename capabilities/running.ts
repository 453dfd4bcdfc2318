import type { Sink } from "./api/types";
import { resolveSink, secretsOf } from "./resolve/resolve-sink";
import { MAX_WAIT_MS } from "./lib/deadline";
import { Deadlines } from "./lib/deadlines";
import { probeWithRetries, type RunDependencies } from "./scheduler/probe-run";
import { PROGRESS_AFTER_MS, type RunProbe } from "./scheduler/shared-probes";
import type { SinkIndex } from "./scheduler/sink-index";
import { Slots } from "./scheduler/slots";
import type { Config } from "./config/options";
import type { CloudEnvironment } from "./config/cloud-environment";
import type { ExporterSettings } from "./domain/exporter/settings";
import type { Cluster, Logger } from "./domain/ports";
import type { SecretName } from "./domain/references";
import type { AlarmClock } from "./lib/clock";
import type { Probe } from "./probes/probe";

export interface RunningDependencies {
  readonly config: Config;
  readonly cloud: CloudEnvironment;
  readonly cluster: Cluster;
  readonly clock: AlarmClock;
  readonly log: Logger;
  readonly probeFor: (type: string) => Probe;
  readonly attempt: RunDependencies["attempt"];
  readonly dialled: RunDependencies["dialled"];
}

/** Maximum number of parallel reads of sinks and Secrets, so that writes of verdicts find a free connection. */
const PARALLEL_READS = 8;

/** The exporter that the administrator configured. */
function exporterOf(config: Config): ExporterSettings {
  const { exporterVersion: version, exporterStrict: strict, exporterPrivateSinks: privateSinks } = config;
  return { version, strict, privateSinks };
}

/** The parts that run probes, and the state that shows whether they make progress. */
export interface Running {
  readonly run: RunProbe;
  readonly slots: Slots;
  readonly attempts: Deadlines<symbol>;
  readonly secretsOf: (sink: Sink) => readonly SecretName[];
}

export function createRun(
  { config, cloud, cluster, clock, log, probeFor, attempt, dialled }: RunningDependencies,
  sinks: SinkIndex,
): Running {
  const attempts = new Deadlines<symbol>();
  const exporter = exporterOf(config);
  const slots = new Slots({
    global: config.maxConcurrentProbes,
    perEndpoint: config.maxProbesPerEndpoint,
    perNamespace: config.maxProbesPerNamespace,
    slow: {
      afterMs: PROGRESS_AFTER_MS,
      global: config.maxSlowProbes,
      perNamespace: config.maxSlowProbesPerNamespace,
    },
  });
  const reads = new Slots({
    global: PARALLEL_READS,
    // So that a namespace leaves one of them to the others.
    perEndpoint: PARALLEL_READS,
    perNamespace: PARALLEL_READS,
  });
  const resolving = {
    cluster,
    probeFor,
    sharedSecrets: config.sharedSecrets,
    planOptions: {
      ambientCredentials: config.allowAmbientCredentials,
      cloud,
      exporter,
      s3WriteCheck: config.s3WriteCheck,
    },
  };
  const run: RunDependencies = {
    clock,
    log,
    slots,
    dialled,
    sinks,
    attempt: async (probe, plan, options) => {
      const key = Symbol();
      // Waiting for a turn to derive a key comes on top of its own time.
      attempts.start(key, options.timeoutMs + MAX_WAIT_MS);
      try {
        return await attempt(probe, plan, options);
      } finally {
        attempts.end(key);
      }
    },
    graceMs: config.graceSeconds * 1000,
    exporter,
    resolve: async (target, signal) => {
      const { namespace } = target;
      const place = { namespace, endpoint: namespace };
      const release = await reads.acquire(place, signal);
      const { secrets = [] } = sinks.get(target) ?? {};
      // The sink and its Secrets at the same time, unless the connections are needed for other sinks.
      const second = secrets.length > 0 ? reads.tryAcquire(place) : undefined;
      try {
        return await resolveSink(target, resolving, signal, second && secrets);
      } finally {
        second?.();
        release();
      }
    },
  };
  return {
    run: (request, report, signal) => probeWithRetries(request, run, report, signal),
    slots,
    attempts,
    secretsOf: (sink) => secretsOf(sink, resolving),
  };
}
