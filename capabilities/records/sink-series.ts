import { Counter, Gauge, type Registry } from "prom-client";
import type { Outcome } from "../domain/outcome";
import type { SinkTarget } from "../domain/spec";
import { METRICS } from "./metric-table";

/** Maximum number of sinks shown by name, because users choose how many sinks exist. */
export const MAX_SINK_SERIES = 1_000;

type Labels = Record<"namespace" | "kind" | "sink", string>;

/** The metrics whose labels name a sink: a bounded number of series, and a count of the verdicts left out. */
export class SinkSeries {
  readonly #shown = new Set<string>();
  readonly #lastResult: Gauge;
  readonly #certificateExpiry: Gauge;
  readonly #omitted: Counter;

  constructor(
    registry: Registry,
    private readonly limit = MAX_SINK_SERIES,
  ) {
    const gauge = ({ name, help, labels }: typeof METRICS.lastResult): Gauge =>
      new Gauge({ name, help, labelNames: labels, registers: [registry] });
    this.#lastResult = gauge(METRICS.lastResult);
    this.#certificateExpiry = gauge(METRICS.certificateExpiry);
    const { name, help } = METRICS.notShown;
    this.#omitted = new Counter({ name, help, registers: [registry] });
  }

  /** Shows the result of a probe. A run that never found its sink shows nothing. */
  probe(namespace: string, { sink, failure, report }: Outcome): void {
    if (!sink?.kind || !sink.name) return;
    const labels = { namespace, kind: sink.kind, sink: sink.name };
    if (!this.#hasRoomFor(labels)) return this.#omitted.inc();
    this.#lastResult.set(labels, failure ? 0 : 1);
    const expiry = Date.parse(report?.tls?.notAfter ?? "");
    if (!Number.isNaN(expiry)) this.#certificateExpiry.set(labels, expiry / 1000);
  }

  /** Removes a sink's series, which makes room for another. */
  forget({ namespace, kind, name }: SinkTarget): void {
    const labels = { namespace, kind, sink: name };
    if (!this.#shown.delete(keyOf(labels))) return;
    this.#lastResult.remove(labels);
    this.#certificateExpiry.remove(labels);
  }

  #hasRoomFor(labels: Labels): boolean {
    const key = keyOf(labels);
    if (this.#shown.size >= this.limit && !this.#shown.has(key)) return false;
    this.#shown.add(key);
    return true;
  }
}

/** Names have no slash. */
function keyOf({ namespace, kind, sink }: Labels): string {
  return `${namespace}/${kind}/${sink}`;
}
