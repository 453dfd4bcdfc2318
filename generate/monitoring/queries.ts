import { METRICS } from "../../capabilities/records/metric-table";

/** Names of metrics, so that a query cannot name one that does not exist. */
export const NAME = Object.fromEntries(
  Object.entries(METRICS).map(([key, { name }]) => [key, name]),
) as Readonly<Record<keyof typeof METRICS, string>>;

/** Sum of the rates of a counter, by labels. */
export function rateBy(labels: string, selector: string, range: string): string {
  return `sum by (${labels}) (rate(${selector}[${range}]))`;
}

/** A quantile of a histogram, by further labels. `name` is the histogram's own, `matchers` may be empty. */
export function quantile(
  share: number,
  name: string,
  { by = "", matchers = "", range }: { by?: string; matchers?: string; range: string },
): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  const selector = matchers === "" ? `${name}_bucket` : `${name}_bucket{${matchers}}`;
  return `histogram_quantile(${share}, ${rateBy(labels, selector, range)})`;
}
