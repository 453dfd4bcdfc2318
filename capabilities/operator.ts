import type { KollectConnectionTest, Sink } from "./api/types";
import type { Config } from "./config/options";
import type { CloudEnvironment } from "./config/cloud-environment";
import type { Cluster, Logger } from "./domain/ports";
import type { ExporterSettings } from "./domain/exporter/settings";
import type { AlarmClock } from "./lib/clock";
import { refOf, revisionOf, targetOf } from "./domain/identity";
import type { Probe } from "./probes/probe";
import { resolveSink } from "./resolve/resolve-sink";
import { createAudit } from "./records/audit";
import { Deadlines } from "./lib/deadlines";
import { Doubts } from "./scheduler/doubts";
import { EventRecorder } from "./records/events";
import type { Metrics } from "./records/metrics";
import { keepOwner } from "./records/owner-keeper";
import { runOnce, type RunDependencies } from "./scheduler/probe-run";
import { Reaper } from "./scheduler/reaper";
import { Records } from "./records/records";
import { PROGRESS_AFTER_MS, SharedProbes } from "./scheduler/shared-probes";
import { SinkRuns } from "./scheduler/sink-runs";
import { SinkIndex } from "./scheduler/sink-index";
import { Slots } from "./scheduler/slots";
import { TestRuns } from "./scheduler/test-runs";
import type { Verdict } from "./domain/outcome";
import type { Check } from "./health/watchdog";

export interface OperatorDependencies {
  readonly config: Config;
  readonly cloud: CloudEnvironment;
  readonly cluster: Cluster;
  readonly clock: AlarmClock;
  readonly log: Logger;
  /** Lets `info` through whatever the log level is: the audit record is not optional. */
  readonly auditLog: Pick<Logger, "info">;
  readonly metrics: Metrics;
  readonly probeFor: (type: string) => Probe;
  readonly attempt: RunDependencies["attempt"];
  readonly dialled: RunDependencies["dialled"];
  /** Whether the module's webhooks apply in a namespace. */
  readonly admits: (namespace: string) => boolean;
}

/** What a watch has to say of objects of one kind. Every method returns at once. */
export interface Watched<T> {
  /** It is there, in this state. */
  shown(object: T): void;
  /** It is gone. */
  deleted(object: T): void;
  /** It was there and is not in a list, which may be older than the object: the API server is asked. */
  missing(object: T): void;
}

/** The running operator: takes what the watches show and gives verdicts. */
export interface Operator {
  readonly tests: Watched<KollectConnectionTest>;
  readonly sinks: Watched<Sink>;
  /** What could go wrong here and not recover by itself. */
  readonly checks: readonly Check[];
  /** Whether the watch of tests owes us what we wrote; asked only while that watch is open. */
  readonly echoCheck: Check;
  /** Ends all runs, because the process ends, and records what was dialled before it returns. */
  stop(): void;
  /** How many tests it holds something of; 0 when all of them are gone, or it leaks. */
  remembered(): number;
}

/** Reads of sinks and Secrets at the same time, so that verdicts find a free connection to the API server. */
const PARALLEL_READS = 8;

/** Puts the parts together; starts nothing until the first test is observed. */
export function createOperator(dependencies: OperatorDependencies): Operator {
  const { config, cluster, clock, log, metrics, admits } = dependencies;
  const { maxTimeoutSeconds } = config;
  const sinks = new SinkIndex();
  const records = createRecords(dependencies);
  const { run, slots, attempts } = createRun(dependencies, sinks);
  const probes = new SharedProbes(run, config.maxProbesPerSink, ({ target }, outcome) =>
    records.probe(target.namespace, outcome),
  );
  const reaper: Reaper = new Reaper({
    cluster,
    clock,
    log,
    maxTimeoutSeconds,
    changed: (test) => runs.observe(test),
    deleted: () => metrics.deleted(),
    gone: (uid) => runs.forget(uid),
  });
  const runs: TestRuns = new TestRuns({
    cluster,
    clock,
    log,
    sinks,
    probes,
    reaper,
    maxTimeoutSeconds,
    admits,
    onVerdict: (verdict) => records.verdict(verdict),
    onAborted: (run) => records.aborted(run),
    onPaused: (test, message) => records.paused(test, message),
  });
  const doubts = new Doubts({ clock, log });
  const triggers = config.sinkTriggers ? createSinkRuns(dependencies, probes, records) : undefined;
  metrics.observeLoad({ running: () => probes.count().running, waiting: () => probes.count().waiting });
  return {
    checks: [
      (elapsedMs) => sentence(attempts.overdue(elapsedMs) > 0, "A probe goes on long after its deadline."),
      () => sentence(slots.owes, "A probe could start and does not."),
      () => sentence(slots.running > probes.executing, "Slots are held for probes that have ended."),
      () => sentence(reaper.isLate, "A finished test is due and is not deleted."),
    ],
    echoCheck: (elapsedMs) =>
      sentence(
        runs.overdueVerdicts(elapsedMs) > 0,
        "The watch of tests does not show verdicts that were written.",
      ),
    stop: () => {
      runs.stop();
      triggers?.stop();
    },
    remembered: () => runs.size + runs.unseen + reaper.size,
    tests: {
      shown: (test) => runs.observe(test),
      deleted: (test) => runs.forget(refOf(test).uid),
      missing: (test) => doubts.raise(refOf(test).uid, () => runs.verify(test)),
    },
    sinks: watchedSinks({ cluster, sinks, triggers, doubts }),
  };
}

function watchedSinks({
  cluster,
  sinks,
  triggers,
  doubts,
}: {
  readonly cluster: Cluster;
  readonly sinks: SinkIndex;
  readonly triggers: SinkRuns | undefined;
  readonly doubts: Doubts;
}): Watched<Sink> {
  const shown = (sink: Sink): void => {
    sinks.set(targetOf(sink), revisionOf(sink));
    triggers?.observe(sink);
  };
  const deleted = (sink: Sink): void => {
    const { uid } = revisionOf(sink);
    sinks.delete(targetOf(sink), uid);
    triggers?.forget(uid);
  };
  const verify = async (sink: Sink): Promise<void> => {
    const { kind, namespace, name } = targetOf(sink);
    const current = await cluster.getSink(kind, namespace, name);
    if (current && current.metadata.uid === sink.metadata.uid) shown(current);
    else deleted(sink);
  };
  return { shown, deleted, missing: (sink) => doubts.raise(revisionOf(sink).uid, () => verify(sink)) };
}

function createSinkRuns(
  { config, cluster, clock, log }: OperatorDependencies,
  probes: SharedProbes,
  records: Records,
): SinkRuns {
  return new SinkRuns({
    cluster,
    clock,
    log,
    probes,
    minIntervalMs: config.sinkTriggerMinIntervalSeconds * 1000,
    maxTimeoutSeconds: config.maxTimeoutSeconds,
    onVerdict: (outcome) => records.sinkVerdict(outcome),
    onProbe: (probe) => records.sinkProbe(probe),
  });
}

/** Which exporter the administrator has. */
function exporterOf(config: Config): ExporterSettings {
  const { exporterVersion: version, exporterStrict: strict, exporterPrivateSinks: privateSinks } = config;
  return { version, strict, privateSinks };
}

/** The sentence of a check that found something. */
function sentence(wrong: boolean, words: string): string | undefined {
  return wrong ? words : undefined;
}

/** How probes are run, and what tells whether that goes on as it should. */
interface Running {
  readonly run: ConstructorParameters<typeof SharedProbes>[0];
  readonly slots: Slots;
  readonly attempts: Deadlines<symbol>;
}

function createRun(
  { config, cloud, cluster, clock, log, probeFor, attempt, dialled }: OperatorDependencies,
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
    // So that a namespace leaves one of them to others.
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
      attempts.start(key, options.timeoutMs);
      try {
        return await attempt(probe, plan, options);
      } finally {
        attempts.end(key);
      }
    },
    graceMs: config.graceSeconds * 1000,
    exporter,
    resolve: async (target, signal) => {
      const release = await reads.acquire(
        { namespace: target.namespace, endpoint: target.namespace },
        signal,
      );
      try {
        return await resolveSink(target, resolving, signal);
      } finally {
        release();
      }
    },
  };
  return { run: (request, report, signal) => runOnce(request, run, report, signal), slots, attempts };
}

function createRecords({ config, cluster, clock, log, auditLog, metrics }: OperatorDependencies): Records {
  const { events, eventRatePerSecond: ratePerSecond, eventQueueSize: queueSize } = config;
  return new Records({
    audit: createAudit(auditLog),
    metrics,
    events: events ? new EventRecorder({ cluster, clock, log, ratePerSecond, queueSize }) : undefined,
    keepOwner: async (verdict: Verdict) => {
      try {
        await keepOwner(verdict, cluster);
      } catch (error) {
        log.warn(
          { ...refOf(verdict.test), error: String(error) },
          "the owner reference was not brought in line with the spec",
        );
      }
    },
  });
}
