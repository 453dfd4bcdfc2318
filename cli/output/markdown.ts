import { adviceOf } from "../explain/advice";
import type { Report, SinkResult } from "../report/report";
import { plain } from "../terminal/wrap";
import { cell, COLUMNS, contextColumn, EMPTY, type ColumnName } from "./cells";

const MARKS: Readonly<Record<SinkResult["verdict"], string>> = { True: "✅", False: "❌", Unknown: "❔" };
const SHOWN: readonly ColumnName[] = [
  "namespace",
  "sink",
  "type",
  "cause",
  "latency",
  "unproven",
  "limitations",
];

/** Markdown for the summary of a pipeline step: a line of counts, a table, and each failure with its fix. */
export function markdownOf(report: Report): string {
  const { summary, sinks, error, from } = report;
  const counts = `${summary.True} of ${summary.total} sinks verified, probed from ${escaped(from)}.`;
  const failures = sinks.filter(({ verdict }) => verdict !== "True").map(failureOf);
  return [
    "## Kollect sinks",
    "",
    counts,
    ...(error === undefined ? [] : ["", `**The run failed:** ${escaped(error)}`]),
    ...(sinks.length > 0 ? ["", ...tableOf(sinks)] : []),
    ...failures.flatMap((failure) => ["", failure]),
    "",
  ].join("\n");
}

function tableOf(sinks: readonly SinkResult[]): string[] {
  const shown = [...contextColumn(sinks), ...SHOWN];
  const heading = ["", ...shown.map((column) => title(COLUMNS[column][0]))];
  const rows = sinks.map((sink) => [
    MARKS[sink.verdict],
    ...shown.map((column) => {
      const text = cell(column, sink);
      return text === EMPTY ? "" : escaped(text);
    }),
  ]);
  return [heading, heading.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

function failureOf(sink: SinkResult): string {
  const advice = adviceOf(sink.cause);
  const fix = advice ? ` ${plain(advice.fix)}` : "";
  return `**${escaped(cell("sink", sink))}**: ${escaped(sink.message + fix)}`;
}

function title(heading: string): string {
  return heading.charAt(0) + heading.slice(1).toLowerCase();
}

/** Text without anything that Markdown or HTML would read as markup. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]#+!|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/\s+/g, " ");
}
