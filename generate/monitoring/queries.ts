import { METRICS } from "../../capabilities/records/metric-table";

/** Names of metrics, so that a query cannot name one that does not exist. */
export const NAME = Object.fromEntries(
  Object.entries(METRICS).map(([key, { name }]) => [key, name]),
) as Readonly<Record<keyof typeof METRICS, string>>;

/** Grafana's own range for rates, which follows the scrape interval. */
export const RANGE = "$__rate_interval";

/** Selects the types of sinks that the dashboard's reader chose. */
export const OF_TYPE = 'type=~"$type"';

/** Sum of the rates of a counter, by labels. */
export function rateBy(labels: string, selector: string, range: string): string {
  return `sum by (${labels}) (rate(${selector}[${range}]))`;
}

/** How much a counter grew in a minute, by labels: connection tests are rare, and a rate in a second says little. */
export function perMinuteBy(labels: string, selector: string, range: string): string {
  return `60 * ${rateBy(labels, selector, range)}`;
}

/** The same of all its series together. */
export function perMinute(selector: string, range: string): string {
  return `60 * sum(rate(${selector}[${range}]))`;
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
