import type { KollectConnectionTest, Sink } from "./api/types";
import type { Logger } from "./domain/ports";
import { refOf } from "./domain/identity";
import { createAudit } from "./records/audit";
import { Doubts } from "./scheduler/doubts";
import { EventRecorder } from "./records/events";
import type { Metrics } from "./records/metrics";
import { keepOwner } from "./records/owner-keeper";
import { Reaper } from "./scheduler/reaper";
import { Records } from "./records/records";
import { SharedProbes } from "./scheduler/shared-probes";
import { createRun, type RunningDependencies } from "./running";
import { SinkChanges } from "./scheduler/sink-changes";
import { SinkRuns } from "./scheduler/sink-runs";
import { SinkIndex } from "./scheduler/sink-index";
import { TestRuns } from "./scheduler/test-runs";
import type { Verdict } from "./domain/outcome";
import type { Check } from "./health/watchdog";
import { watchedSinks, type Watched } from "./watched";

export interface OperatorDependencies extends RunningDependencies {
  /** Writes `info` regardless of the log level: the audit record is not optional. */
  readonly auditLog: Pick<Logger, "info">;
  readonly metrics: Metrics;
  /** Whether the module's webhooks apply in a namespace. */
  readonly admits: (namespace: string) => boolean;
}

/** The running operator: takes observations of the watches and produces verdicts. */
export interface Operator {
  readonly tests: Watched<KollectConnectionTest>;
  readonly sinks: Watched<Sink>;
  /** Checks for faults that do not recover by themselves. */
  readonly checks: readonly Check[];
  /** Whether the watch of tests has failed to show written verdicts; called only while that watch is open. */
  readonly echoCheck: Check;
  /** Ends all runs, because the process stops, and records runs that dialled before it returns. */
  stop(): void;
  /** Number of tests with state in memory; must be 0 when all tests are deleted. */
  remembered(): number;
}

/** Assembles the parts; starts nothing until the first test is observed. */
export function createOperator(dependencies: OperatorDependencies): Operator {
  const { config, cluster, clock, log, metrics, admits } = dependencies;
  const { maxTimeoutSeconds } = config;
  const sinks = new SinkIndex();
  const { records, events } = createRecords(dependencies);
  const { run, slots, attempts, secretsOf } = createRun(dependencies, sinks);
  const probes = new SharedProbes(run, config.maxProbesPerSink, ({ target }, outcome) => {
    records.probe(target.namespace, outcome);
    changes.secretsRead(outcome);
  });
  const changes = new SinkChanges({ cluster, clock, log, sinks });
  const reaper: Reaper = new Reaper({
    cluster,
    clock,
    log,
    maxTimeoutSeconds,
    changed: (test) => runs.observe(test),
    deleted: (_, lateMs) => metrics.deleted(lateMs),
    failed: () => metrics.deletionFailed(),
    gone: (uid) => runs.forget(uid),
  });
  const runs: TestRuns = new TestRuns({
    cluster,
    clock,
    log,
    sinks,
    probes,
    reaper: {
      finishedGeneration: (uid) => reaper.finishedGeneration(uid),
      hold: (ref, generation, at) => reaper.hold(ref, generation, at),
      forget: (uid) => {
        reaper.forget(uid);
        changes.forget(uid);
      },
    },
    onFinished: (test) => changes.observe(test),
    maxTimeoutSeconds,
    admits,
    onVerdict: (verdict) => records.verdict(verdict),
    onAborted: (run) => records.aborted(run),
    onPaused: (test, message) => records.paused(test, message),
  });
  const doubts = new Doubts({ clock, log });
  const triggers = config.sinkTriggers ? createSinkRuns(dependencies, probes, records) : undefined;
  metrics.observeLoad({
    running: () => probes.count().running,
    waiting: () => probes.count().waiting,
    slots: { quick: config.maxConcurrentProbes, slow: config.maxSlowProbes },
    slotsInUse: () => slots.held,
    eventsWaiting: () => events?.waiting ?? 0,
    eventsDropped: () => events?.dropped ?? 0,
  });
  return {
    checks: [
      (elapsedMs) =>
        sentence(attempts.overdue(elapsedMs) > 0, "A probe is still running long after its deadline."),
      () => sentence(slots.owes, "A probe does not start although a slot is free."),
      () => sentence(slots.running > probes.executing, "Slots are held for probes that have ended."),
      () => sentence(reaper.isLate, "A finished test is due for deletion and is not deleted."),
    ],
    echoCheck: (elapsedMs) =>
      sentence(
        runs.overdueVerdicts(elapsedMs) > 0,
        "The watch of tests does not show verdicts that were written.",
      ),
    stop: () => {
      runs.stop();
      triggers?.stop();
      changes.stop();
    },
    remembered: () => runs.size + runs.unseen + reaper.size + changes.size,
    tests: {
      shown: (test) => runs.observe(test),
      deleted: (test) => runs.forget(refOf(test).uid),
      missing: (test) => doubts.raise(refOf(test).uid, () => runs.verify(test)),
    },
    sinks: watchedSinks({ cluster, sinks, changes, triggers, doubts, metrics, secretsOf }),
  };
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

/** Returns the sentence of a check if it found a fault. */
function sentence(wrong: boolean, words: string): string | undefined {
  return wrong ? words : undefined;
}

interface Recording {
  readonly records: Records;
  /** Absent when Events are switched off. */
  readonly events: EventRecorder | undefined;
}

function createRecords({ config, cluster, clock, log, auditLog, metrics }: OperatorDependencies): Recording {
  const { eventRatePerSecond: ratePerSecond, eventQueueSize: queueSize } = config;
  const events = config.events
    ? new EventRecorder({ cluster, clock, log, ratePerSecond, queueSize })
    : undefined;
  const records = new Records({
    audit: createAudit(auditLog),
    metrics,
    events,
    keepOwner: async (verdict: Verdict) => {
      try {
        await keepOwner(verdict, cluster);
      } catch (error) {
        log.warn(
          { ...refOf(verdict.test), error: String(error) },
          "the owner reference was not aligned with the spec",
        );
      }
    },
  });
  return { records, events };
}
