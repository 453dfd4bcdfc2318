/** What a measured value should be. */
export type Target = { readonly atMost: number } | { readonly atLeast: number };

/** One measured value. */
export interface Measure {
  readonly what: string;
  /** Measures of one row are shown beside each other: the same of several things. */
  readonly row?: string;
  /** NaN where it cannot be measured on this machine. */
  readonly value: number;
  /** Such as `ms` or `/s`; ratios and counts have none. */
  readonly unit?: string;
  readonly target?: Target;
  /** The least and the most of the values of which `value` is the median. */
  readonly spread?: Spread;
}

/** Where repeated measurements lie. */
export interface Spread {
  readonly least: number;
  readonly most: number;
}

/** What one case has measured. */
export interface CaseResult {
  readonly name: string;
  readonly measures: readonly Measure[];
  /** Why it ended early. */
  readonly error?: string;
  /** Processor time that other programs took meanwhile, as a fraction of all cores; NaN where that is not known. */
  readonly others?: number;
}

/** `busy`: the target was missed while other programs took so much processor time that nothing can be said. */
export type Judgement = "ok" | "MISS" | "busy" | "n/a";

/** From this fraction of all cores on, what other programs take may be why a target is missed. */
export const BUSY_FROM = 0.05;

/** Undefined for a value without a target. `others` is that of the case. */
export function judge({ value, target }: Measure, others = 0): Judgement | undefined {
  if (!target) return undefined;
  if (Number.isNaN(value)) return "n/a";
  const kept = "atMost" in target ? value <= target.atMost : value >= target.atLeast;
  if (kept) return "ok";
  return others >= BUSY_FROM ? "busy" : "MISS";
}

/** The lines of one case: measure, value, target, judgement. */
export function caseTable({ name, measures, error, others = 0 }: CaseResult): string {
  const rows = measures
    .filter(({ row }) => row === undefined)
    .map((measure) => [
      measure.what,
      shown(measure),
      measure.target ? describe(measure.target) : "",
      judge(measure, others) ?? "",
    ]);
  const lines = rows.map(([what = "", value = "", target = "", verdict = ""]) =>
    `  ${what.padEnd(58)}${value.padStart(22)}  ${target.padEnd(9)}${verdict}`.trimEnd(),
  );
  const notes = [...(others >= BUSY_FROM ? [busyNote(others)] : []), ...(error ? [`  FAILED ${error}`] : [])];
  return [name, ...lines, ...grid(measures, others), ...notes].join("\n");
}

function busyNote(others: number): string {
  const percent = Math.round(100 * others);
  return `  Other programs took ${percent} % of the processor time: too much to tell whether a target is missed. Run it again.`;
}

/** One line for each row, below what is measured and its targets. */
function grid(measures: readonly Measure[], others: number): string[] {
  const names = [...new Set(measures.flatMap(({ row }) => (row === undefined ? [] : [row])))];
  const rows = names.map((name) => ({ name, cells: measures.filter(({ row }) => row === name) }));
  const columns = rows[0]?.cells ?? [];
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(16)).join("")}`.trimEnd();
  const cell = (measure: Measure): string => `${shown(measure)} ${(judge(measure, others) ?? "").padEnd(4)}`;
  if (columns.length === 0) return [];
  const heads = columns.map(({ what }) => `${what}     `);
  const targets = columns.map(({ target }) => (target ? `${describe(target)}     ` : ""));
  return [line("", heads), line("", targets), ...rows.map((row) => line(row.name, row.cells.map(cell)))];
}

function shown({ value, unit, spread }: Measure): string {
  const range = spread ? ` (${rounded(spread.least)} to ${rounded(spread.most)})` : "";
  return `${rounded(value)}${unit ? ` ${unit}` : ""}${range}`;
}

/** Whether something was measured that misses its target, or could not be measured at all. */
export function missed(results: readonly CaseResult[]): boolean {
  return results.some(
    ({ measures, error, others }) =>
      error !== undefined || measures.some((one) => judge(one, others) === "MISS"),
  );
}

function describe(target: Target): string {
  return "atMost" in target ? `<= ${target.atMost}` : `>= ${target.atLeast}`;
}

function rounded(value: number): string {
  if (Number.isNaN(value)) return "n/a";
  return Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(2);
}
