import type { Measure } from "./report";

/** The value below which the fraction `p` of the values lies; NaN when there are none. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

/** NaN when there are none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The median of repeated measurements, and where they lie. */
export function repeated(values: readonly number[]): Pick<Measure, "value" | "spread"> {
  return { value: median(values), spread: { least: Math.min(...values), most: Math.max(...values) } };
}
