import type { ExporterLimitation, KollectConnectionTest } from "../api/types";
import { API_VERSION, TEST_KIND } from "../api/vocabulary";
import { refOf } from "../domain/identity";
import type { AbortedRun, Outcome, ProbedSink, SinkProbe, Verdict } from "../domain/outcome";
import type { EventDraft } from "../domain/ports";
import { finalMessage } from "../domain/status";
import { RecentMap } from "../lib/recent-map";
import type { Audit } from "./audit";
import type { EventRecorder } from "./events";
import type { Metrics } from "./metrics";

export interface RecordsDependencies {
  readonly audit: Audit;
  /** Absent when Events are switched off. */
  readonly events: Pick<EventRecorder, "record"> | undefined;
  readonly metrics: Metrics;
  /** Runs in the background; must not reject. */
  readonly keepOwner: (verdict: Verdict) => Promise<void>;
}

/** Maximum number of sinks whose last result is kept, to tell a change from a repetition. */
const REMEMBERED_SINKS = 10_000;

/** Records that outlive a test: the audit line, the Events and the metrics. Nothing here delays a verdict. */
export class Records {
  readonly #lastResult = new RecentMap<string, boolean>(REMEMBERED_SINKS);

  constructor(private readonly dependencies: RecordsDependencies) {}

  /** Called once for every test, when its verdict is visible. */
  verdict(verdict: Verdict): void {
    const { audit, events, metrics, keepOwner } = this.dependencies;
    const { test, outcome } = verdict;
    audit.verdict(verdict);
    metrics.verdict(verdict);
    events?.record(resultEvent(regardingTest(test), outcome));
    if (outcome.limitations?.[0]) events?.record(limitedEvent(test, outcome.limitations));
    if (missesOwner(verdict)) events?.record(ownerEvent(test, outcome));
    void keepOwner(verdict);
  }

  /** Called once per start of the operator for every test that waits because processes ended during its run. */
  paused(test: KollectConnectionTest, note: string): void {
    const regarding = regardingTest(test);
    this.dependencies.events?.record({
      type: "Warning",
      action: "Probe",
      reason: "Interrupted",
      note,
      regarding,
    });
  }

  /** Called once for every run of a test that dialled and has no visible verdict. */
  aborted(run: AbortedRun): void {
    this.dependencies.audit.aborted(run);
  }

  /** Called once for every probe that a sink requested itself, when it ends. */
  sinkProbe(probe: SinkProbe): void {
    this.dependencies.audit.sinkProbe(probe);
  }

  /** Called once for every probe that a sink requested itself, when its condition is written. */
  sinkVerdict(outcome: Outcome): void {
    this.dependencies.metrics.verdict({ outcome, waitedMs: 0 });
  }

  /** Called once for every probe, however many tests share it: a sink gets Events about failures and changes. */
  probe(namespace: string, outcome: Outcome): void {
    const { sink } = outcome;
    this.dependencies.metrics.probe(namespace, outcome);
    if (!sink?.uid) return;
    const works = outcome.failure === undefined;
    const worked = this.#lastResult.get(sink.uid) ?? works;
    this.#lastResult.set(sink.uid, works);
    if (works && worked) return;
    this.dependencies.events?.record(resultEvent(regardingSink(namespace, sink), outcome));
  }
}

function missesOwner({ ownerSink, outcome: { sink, failure } }: Verdict): boolean {
  return ownerSink && !sink && failure?.reason === "SinkNotFound";
}

function limitedEvent(test: KollectConnectionTest, limitations: readonly ExporterLimitation[]): EventDraft {
  return {
    type: "Warning",
    action: "Probe",
    reason: "ExporterLimited",
    note: limitations.map(({ message }) => message).join(" "),
    regarding: regardingTest(test),
  };
}

function ownerEvent(test: KollectConnectionTest, outcome: Outcome): EventDraft {
  return {
    type: "Warning",
    action: "SetOwner",
    reason: "OwnerNotSet",
    note: `The test has no owner because its sink does not exist. ${finalMessage(outcome)}`,
    regarding: regardingTest(test),
  };
}

function resultEvent(regarding: EventDraft["regarding"], outcome: Outcome): EventDraft {
  return {
    type: outcome.failure ? "Warning" : "Normal",
    action: "Probe",
    reason: outcome.failure?.reason ?? "ConnectionOK",
    note: finalMessage(outcome),
    regarding,
  };
}

function regardingTest(test: KollectConnectionTest): EventDraft["regarding"] {
  const { namespace, name, uid } = refOf(test);
  return { apiVersion: API_VERSION, kind: TEST_KIND, namespace, name, uid };
}

function regardingSink(namespace: string, sink: ProbedSink): EventDraft["regarding"] {
  const { kind, name = "", uid = "" } = sink;
  return { apiVersion: API_VERSION, kind: kind ?? "", namespace, name, uid };
}
