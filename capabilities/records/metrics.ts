import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { isSinkType } from "../api/vocabulary";
import type { Outcome } from "../domain/outcome";

/** A source of metrics in Prometheus' text form, such as the framework's collector. */
export interface MetricsSource {
  getMetrics: () => Promise<string>;
}

/** What the gauges show; read when the metrics are scraped. */
export interface Load {
  /** Probes that run. */
  running(): number;
  /** Tests that wait for a slot, a sink or a Secret. */
  waiting(): number;
}

const SECONDS = {
  probe: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300],
  phase: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300],
  wait: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
};

/**
 * The operator's metrics, in a registry of their own because the framework's has no labels. Labels take
 * closed words only: no endpoint, object name or error text.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #tests = this.#counter(
    "kollect_sink_connection_test_total",
    "Verdicts by type of sink and result.",
    ["type", "result"],
  );
  readonly #shared = this.#counter(
    "kollect_connection_tests_shared_total",
    "Verdicts that came from a probe which another test had asked for too.",
  );
  readonly #deleted = this.#counter(
    "kollect_connection_tests_deleted_total",
    "Tests that were deleted because their time was over.",
  );
  readonly #duration = this.#histogram(
    "kollect_connection_test_duration_seconds",
    "Duration of a probe's last attempt, from resolving the name to the last question.",
    { labels: ["type", "result"], buckets: SECONDS.probe },
  );
  readonly #phase = this.#histogram(
    "kollect_connection_test_phase_duration_seconds",
    "Duration of one phase of a probe.",
    { labels: ["type", "phase"], buckets: SECONDS.phase },
  );
  readonly #wait = this.#histogram(
    "kollect_connection_test_wait_seconds",
    "Time from when a test was seen to when its probe started.",
    { labels: [], buckets: SECONDS.wait },
  );

  /** A verdict that is visible. Tests that share a probe count one by one, as in the total. */
  verdict({ outcome, waitedMs }: { readonly outcome: Outcome; readonly waitedMs: number }): void {
    const type = typeLabel(outcome);
    const result = outcome.failure ? "failure" : "success";
    this.#tests.inc({ type, result });
    if (outcome.sharedBy > 1) this.#shared.inc();
    this.#wait.observe(waitedMs / 1000);
    if (!outcome.report) return;
    this.#duration.observe({ type, result }, outcome.report.latencyMs / 1000);
    for (const { name, latencyMs } of outcome.report.phases) {
      if (latencyMs !== undefined) this.#phase.observe({ type, phase: name }, latencyMs / 1000);
    }
  }

  /** A test that was deleted at the end of its time. */
  deleted(): void {
    this.#deleted.inc();
  }

  /** Shows the load as gauges; called once. */
  observeLoad(load: Load): void {
    this.#gauge("kollect_connection_tests_running", "Probes that run.", () => load.running());
    this.#gauge("kollect_connection_tests_waiting", "Tests that wait for their verdict.", () =>
      load.waiting(),
    );
  }

  /** Prometheus' text form. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Makes a source give these metrics after its own; the framework reads the member at every request. */
  appendTo(source: MetricsSource): void {
    const own = source.getMetrics;
    source.getMetrics = async () => {
      const parts = await Promise.all([own.call(source), this.text()]);
      return parts.map((part) => part.replace(/\n*$/, "\n")).join("");
    };
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(
    name: string,
    help: string,
    { labels, buckets }: { labels: readonly string[]; buckets: number[] },
  ): Histogram {
    return new Histogram({ name, help, labelNames: labels, buckets, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number): Gauge {
    return new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }
}

/** Another installer's CRD may let any word through as a type, and a label must not grow with what users write. */
function typeLabel({ sink }: Outcome): string {
  return sink?.type !== undefined && isSinkType(sink.type) ? sink.type : "unknown";
}
