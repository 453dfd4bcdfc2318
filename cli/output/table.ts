import Table from "cli-table3";
import type { Report, SinkResult } from "../report/report";
import { cell, COLUMNS, contextColumn, type ColumnName, type Style } from "./cells";

const NARROW: readonly ColumnName[] = [
  "sink",
  "type",
  "verdict",
  "cause",
  "latency",
  "unproven",
  "limitations",
];
const WIDE: readonly ColumnName[] = [
  "namespace",
  ...NARROW,
  "reason",
  "endpoint",
  "version",
  "tls",
  "attempts",
  "test",
];

/** No lines and two spaces between columns, as in kubectl. */
const BARE = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
    .map((part) => [part, ""]),
);

/** The table for a terminal. The namespace has a column if there are several. */
export function tableOf(report: Report, style: Style): string {
  const several = new Set(report.sinks.map(({ namespace }) => namespace)).size > 1;
  return table(report, [...(several ? (["namespace"] as const) : []), ...NARROW, "message"], style);
}

/** The same with all columns that fit a line. */
export function wideTableOf(report: Report, style: Style): string {
  return table(report, [...WIDE, "message"], style);
}

function table({ sinks }: Report, columns: readonly ColumnName[], style: Style): string {
  if (sinks.length === 0) return "";
  const shown = [...contextColumn(sinks), ...columns];
  const rows = sinks.map((sink) =>
    shown.map((column) => (column === "verdict" ? verdict(sink, style) : cell(column, sink))),
  );
  return lines([shown.map((column) => COLUMNS[column][0]), ...rows]);
}

/** Rows as lines with aligned columns. */
export function lines(rows: readonly (readonly string[])[]): string {
  const printed = new Table({
    chars: { ...BARE, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  printed.push(...rows.map((row) => [...row]));
  const text = printed.toString().split("\n");
  return `${text.map((line) => line.trimEnd()).join("\n")}\n`;
}

const CODES: Readonly<Record<SinkResult["verdict"], number>> = { True: 32, False: 31, Unknown: 33 };

function verdict({ verdict: word }: SinkResult, { colours }: Style): string {
  return colours ? `\u001b[${CODES[word]}m${word}\u001b[0m` : word;
}
