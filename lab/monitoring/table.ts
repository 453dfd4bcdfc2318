import type { AnsweredPanel } from "./answers";
import { clock } from "./axis";
import { named } from "./colours";
import { overridden, type FieldDefaults, type Organize, type Panel } from "./dashboard";
import { text } from "./markup";
import { shown, stepOf } from "./stat";

const VALUE = "Value";

/** A column before its cells are written. */
interface Column {
  readonly source: string;
  readonly name: string;
}

type Row = Readonly<Record<string, string>>;

/** The labels and value of every series that a panel's queries returned, a row each. */
export function table({ panel, answers }: AnsweredPanel): string {
  const rows = answers.flatMap(({ series }) =>
    series.map(
      ({ metric, values: [[at, value] = [0, ""]] }): Row => ({ Time: clock(at), ...metric, [VALUE]: value }),
    ),
  );
  if (rows.length === 0) return `<div class="none">No data</div>`;
  const columns = columnsOf(rows, panel.transformations ?? []);
  const head = columns.map(({ name }) => `<th>${text(name)}</th>`).join("");
  const order = panel.options?.sortBy.map(({ displayName }) => displayName) ?? [];
  const keys = order.flatMap((heading) => columns.filter(({ name }) => name === heading));
  const body = [...rows]
    .sort((a, b) => compare(a, b, keys))
    .map((row) => `<tr>${columns.map((column) => cell(panel, column, row)).join("")}</tr>`);
  return `<table><tr>${head}</tr>${body.join("")}</table>`;
}

/** Time, labels and value in Grafana's order, as far and in the order as the transformation leaves them. */
export function columnsOf(rows: readonly Row[], transformations: readonly Organize[]): Column[] {
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (name) => name !== "Time" && name !== VALUE,
  );
  const all = ["Time", ...labels.sort(), VALUE].map((source) => ({ source, name: source }));
  return transformations.reduce((columns, { options }) => organized(columns, options), all);
}

function organized(columns: readonly Column[], options: Organize["options"]): Column[] {
  const { excludeByName, indexByName, renameByName } = options;
  return columns
    .filter(({ name }) => !excludeByName[name])
    .sort((a, b) => (indexByName[a.name] ?? 0) - (indexByName[b.name] ?? 0))
    .map(({ source, name }) => ({ source, name: renameByName[name] ?? name }));
}

function compare(a: Row, b: Row, keys: readonly Column[]): number {
  for (const { source } of keys) {
    const [left = "", right = ""] = [a[source], b[source]];
    const order = source === VALUE ? Number(left) - Number(right) : left.localeCompare(right, "en");
    if (order !== 0) return order;
  }
  return 0;
}

function cell(panel: Panel, { source, name }: Column, row: Row): string {
  const value = row[source] ?? "";
  if (source !== VALUE) return `<td>${text(value)}</td>`;
  const defaults: FieldDefaults = panel.fieldConfig?.defaults ?? { unit: "none" };
  const steps = overridden(panel, name, "custom.cellOptions") ? (defaults.thresholds?.steps ?? []) : [];
  const colour = named(stepOf(steps, Number(value)));
  return `<td style="color:${colour}">${text(shown(defaults, Number(value)))}</td>`;
}
