import type { Prometheus, Range, Sample, Span } from "../servers/tools/prometheus-server";
import type { Panel } from "./dashboard";

/** What Prometheus answered to one query of a panel. */
export interface Answer {
  readonly legendFormat: string;
  readonly series: readonly Range[];
}

/** A panel with the answers to its queries, in their order. */
export interface AnsweredPanel {
  readonly panel: Panel;
  readonly answers: readonly Answer[];
}

type Queries = Pick<Prometheus, "query" | "range">;

/**
 * Asks a panel's queries as Grafana would: a table's of the end of the span, others over the span.
 * @param ready puts values in the place of Grafana's variables
 */
export async function ask(
  prometheus: Queries,
  panel: Panel,
  span: Span,
  ready: (expr: string) => string,
): Promise<AnsweredPanel> {
  const answers = (panel.targets ?? []).map(async ({ expr, legendFormat }) => ({
    legendFormat,
    series:
      panel.type === "table"
        ? (await prometheus.query(ready(expr), span.to)).map(asRange)
        : await prometheus.range(ready(expr), span),
  }));
  return { panel, answers: await Promise.all(answers) };
}

function asRange({ metric, value }: Sample): Range {
  return { metric, values: [value] };
}
