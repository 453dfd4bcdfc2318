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
}

/** What one case has measured. */
export interface CaseResult {
  readonly name: string;
  readonly measures: readonly Measure[];
  /** Why it ended early. */
  readonly error?: string;
}

export type Judgement = "ok" | "MISS" | "n/a";

/** Undefined for a value without a target. */
export function judge({ value, target }: Measure): Judgement | undefined {
  if (!target) return undefined;
  if (Number.isNaN(value)) return "n/a";
  const kept = "atMost" in target ? value <= target.atMost : value >= target.atLeast;
  return kept ? "ok" : "MISS";
}

/** The lines of one case: measure, value, target, judgement. */
export function caseTable({ name, measures, error }: CaseResult): string {
  const rows = measures
    .filter(({ row }) => row === undefined)
    .map((measure) => [
      measure.what,
      shown(measure),
      measure.target ? describe(measure.target) : "",
      judge(measure) ?? "",
    ]);
  const lines = rows.map(([what = "", value = "", target = "", verdict = ""]) =>
    `  ${what.padEnd(58)}${value.padStart(12)}  ${target.padEnd(9)}${verdict}`.trimEnd(),
  );
  return [name, ...lines, ...grid(measures), ...(error === undefined ? [] : [`  FAILED ${error}`])].join(
    "\n",
  );
}

/** One line for each row, below what is measured and its targets. */
function grid(measures: readonly Measure[]): string[] {
  const names = [...new Set(measures.flatMap(({ row }) => (row === undefined ? [] : [row])))];
  const rows = names.map((name) => ({ name, cells: measures.filter(({ row }) => row === name) }));
  const columns = rows[0]?.cells ?? [];
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(16)).join("")}`.trimEnd();
  const cell = (measure: Measure): string => `${shown(measure)} ${(judge(measure) ?? "").padEnd(4)}`;
  if (columns.length === 0) return [];
  const heads = columns.map(({ what }) => `${what}     `);
  const targets = columns.map(({ target }) => (target ? `${describe(target)}     ` : ""));
  return [line("", heads), line("", targets), ...rows.map((row) => line(row.name, row.cells.map(cell)))];
}

function shown({ value, unit }: Measure): string {
  return `${rounded(value)}${unit ? ` ${unit}` : ""}`;
}

/** Whether something was measured that misses its target, or could not be measured at all. */
export function missed(results: readonly CaseResult[]): boolean {
  return results.some(
    ({ measures, error }) => error !== undefined || measures.some((one) => judge(one) === "MISS"),
  );
}

function describe(target: Target): string {
  return "atMost" in target ? `<= ${target.atMost}` : `>= ${target.atLeast}`;
}

function rounded(value: number): string {
  if (Number.isNaN(value)) return "n/a";
  return Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(2);
}
