import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { CAUSES, FAILURE_REASONS, isSinkType, SINK_TYPES } from "../api/vocabulary";
import type { Outcome, ProbeReport } from "../domain/outcome";
import type { SinkTarget } from "../domain/spec";
import { METRICS, type Metric } from "./metric-table";
import { SinkSeries } from "./sink-series";

/** What a verdict of False can be counted under. */
const FAILURES = [...CAUSES, ...FAILURE_REASONS];

/** A source of metrics in Prometheus' text form, such as the framework's collector. */
export interface MetricsSource {
  getMetrics: () => Promise<string>;
}

/** Numbers of slots for probes: the general ones, and those for probes that take long. */
export interface Lanes {
  readonly quick: number;
  readonly slow: number;
}

/** Source of the gauges' values; read when the metrics are scraped. */
export interface Load {
  /** Tests whose probe runs, or waits for a slot, a sink or a Secret. */
  running(): number;
  /** Tests that wait for the next probe of their sink, because one is not over. */
  waiting(): number;
  /** Slots that probes hold. */
  slotsInUse(): Lanes;
  /** All slots. */
  readonly slots: Lanes;
  eventsWaiting(): number;
  eventsDropped(): number;
}

export interface MetricsOptions {
  /** Whether there are metrics whose labels name sinks; false when absent. */
  readonly sinks?: boolean;
}

/** One attempt of a request to the API server. */
export interface ObservedRequest {
  readonly method: string;
  /** Absent when there was no response. */
  readonly status?: number;
  readonly durationMs: number;
}

/**
 * The operator's metrics, in a separate registry because the framework's has no labels. Labels take only values of
 * closed sets, except for those with names of sinks, which an administrator must enable.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #verdicts = this.#counter(METRICS.verdicts);
  readonly #causes = this.#counter(METRICS.causes);
  readonly #unproven = this.#counter(METRICS.unproven);
  readonly #limitations = this.#counter(METRICS.limitations);
  readonly #shared = this.#counter(METRICS.shared);
  readonly #deleted = this.#counter(METRICS.deleted);
  readonly #deletionDelay = this.#histogram(METRICS.deletionDelay);
  readonly #deletionFailures = this.#counter(METRICS.deletionFailures);
  readonly #duration = this.#histogram(METRICS.duration);
  readonly #phase = this.#histogram(METRICS.phase);
  readonly #wait = this.#histogram(METRICS.wait);
  readonly #requests = this.#histogram(METRICS.requests);
  readonly #sinks: SinkSeries | undefined;

  constructor({ sinks = false }: MetricsOptions = {}) {
    if (sinks) this.#sinks = new SinkSeries(this.#registry);
    // From 0, so that Prometheus sees the first verdict, and the first of each cause, as an increase.
    for (const type of [...SINK_TYPES, UNKNOWN]) {
      for (const result of ["success", "failure"]) this.#verdicts.inc({ type, result }, 0);
      for (const cause of FAILURES) this.#causes.inc({ type, cause }, 0);
    }
  }

  /** Counts a visible verdict. Tests that share a probe count one by one, as in the total. */
  verdict({ outcome, waitedMs }: { readonly outcome: Outcome; readonly waitedMs: number }): void {
    const type = typeLabel(outcome);
    const { failure, report, limitations = [] } = outcome;
    const result = failure ? "failure" : "success";
    this.#verdicts.inc({ type, result });
    if (failure) this.#causes.inc({ type, cause: failure.cause ?? failure.reason });
    if (outcome.sharedBy > 1) this.#shared.inc();
    this.#wait.observe(waitedMs / 1000);
    for (const { id, effect } of limitations) this.#limitations.inc({ id, effect });
    if (report) this.#attempt(report, { type, result });
  }

  #attempt(report: ProbeReport, { type, result }: Readonly<Record<"type" | "result", string>>): void {
    for (const { need, kind } of report.unproven ?? []) this.#unproven.inc({ need, kind });
    this.#duration.observe({ type, result }, report.latencyMs / 1000);
    for (const { name, latencyMs } of report.phases) {
      if (latencyMs !== undefined) this.#phase.observe({ type, phase: name }, latencyMs / 1000);
    }
  }

  /** Counts a probe of a sink, once however many tests share it. */
  probe(namespace: string, outcome: Outcome): void {
    this.#sinks?.probe(namespace, outcome);
  }

  /** Removes the series of a deleted sink. */
  sinkDeleted(sink: SinkTarget): void {
    this.#sinks?.forget(sink);
  }

  /** Counts a test that was deleted this long after the end of its time to live. */
  deleted(lateMs: number): void {
    this.#deleted.inc();
    this.#deletionDelay.observe(Math.max(0, lateMs) / 1000);
  }

  deletionFailed(): void {
    this.#deletionFailures.inc();
  }

  request({ method, status, durationMs }: ObservedRequest): void {
    const answer = status === undefined ? "none" : `${Math.floor(status / 100)}xx`;
    this.#requests.observe({ method, answer }, durationMs / 1000);
  }

  /** Shows the load as gauges; called once. */
  observeLoad(load: Load): void {
    this.#read(METRICS.running, () => load.running());
    this.#read(METRICS.waiting, () => load.waiting());
    this.#read(METRICS.eventsWaiting, () => load.eventsWaiting());
    this.#readTotal(METRICS.eventsDropped, () => load.eventsDropped());
    for (const [metric, read] of [
      [METRICS.slots, () => load.slots],
      [METRICS.slotsInUse, () => load.slotsInUse()],
    ] as const) {
      this.#gauge(metric, (show) => {
        const { quick, slow } = read();
        show({ lane: "quick" }, quick);
        show({ lane: "slow" }, slow);
      });
    }
  }

  /** Shows whether the process is live; called once. */
  observeHealth(isLive: () => boolean): void {
    this.#read(METRICS.health, () => (isLive() ? 1 : 0));
  }

  /** Shows the running build; called once. */
  build(labels: Readonly<Record<(typeof METRICS.build.labels)[number], string>>): void {
    this.#gauge(METRICS.build, (show) => show(labels, 1));
  }

  /** Prometheus' text form. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Makes a source return these metrics after its own; the framework reads the member at every request. */
  appendTo(source: MetricsSource): void {
    const own = source.getMetrics;
    source.getMetrics = async () => {
      const parts = await Promise.all([own.call(source), this.text()]);
      return parts.map((part) => part.replace(/\n*$/, "\n")).join("");
    };
  }

  #counter<L extends string>({ name, help, labels }: Metric<L>): Counter<L> {
    return new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] });
  }

  #histogram<L extends string>({ name, help, labels, buckets = [] }: Metric<L>): Histogram<L> {
    const registers = [this.#registry];
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers });
  }

  #read(metric: Metric, read: () => number): void {
    this.#gauge(metric, (show) => show({}, read()));
  }

  /** Registers a total that is counted elsewhere. */
  #readTotal({ name, help }: Metric, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #gauge<L extends string>(
    { name, help, labels }: Metric<L>,
    collect: (show: (labels: Partial<Record<L, string>>, value: number) => void) => void,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect() {
        collect((values, value) => this.set(values, value));
      },
    });
  }
}

const UNKNOWN = "unknown";

/** Another installer's CRD may accept any word as a type, and users must not be able to add values to a label. */
function typeLabel({ sink }: Outcome): string {
  return sink?.type !== undefined && isSinkType(sink.type) ? sink.type : UNKNOWN;
}
