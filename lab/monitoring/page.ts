import type { Span } from "../servers/tools/prometheus-server";
import type { AnsweredPanel } from "./answers";
import type { Panel } from "./dashboard";
import { text } from "./markup";
import { stat } from "./stat";
import { table } from "./table";
import { timeSeries, type Size } from "./time-series";

/** Pixels of Grafana's grid: between two panels, and of one of 24 columns and of one row in a page of this width. */
export const PAGE_WIDTH = 1400;
const GAP = 8;
const COLUMN = (PAGE_WIDTH - GAP) / 24;
const ROW = 38;
/** Around what a panel shows, and of its title. */
const PADDING = 8;
const TITLE = 26;

const STYLE = `
body { margin: 0; background: #111217; color: #ccccdc; font: 12px/18px Inter, "Open Sans", sans-serif }
h1 { margin: 0; padding: 14px 16px 6px; font-size: 18px; font-weight: 500 }
main { position: relative }
section { position: absolute; box-sizing: border-box; overflow: hidden; padding: 0 ${PADDING}px; background: #181b1f;
  border: 1px solid #2b2d33; border-radius: 2px }
h2 { margin: 0; font-size: 14px; font-weight: 500; line-height: ${TITLE}px; white-space: nowrap }
section.row { background: none; border: 0 }
svg { display: block }
.grid { stroke: #2b2d33 }
svg text { fill: #9fa1ab; font-size: 11px }
.level { text-anchor: end }
.time, svg .none { text-anchor: middle }
.legend span { display: inline-block; margin-right: 10px; white-space: nowrap }
.legend i { display: inline-block; width: 12px; height: 4px; margin: 0 6px 3px 0; border-radius: 2px }
.large { padding-top: 50px; text-align: center; font-size: 44px; line-height: 60px }
.course { position: absolute; left: ${PADDING}px; bottom: ${PADDING}px }
div.none { padding-top: 90px; text-align: center; color: #9fa1ab }
table { width: 100%; border-collapse: collapse }
th { color: #6e9fff; font-weight: 500 }
th, td { padding: 6px; border-bottom: 1px solid #2b2d33; text-align: left; white-space: nowrap }`;

/** A page that needs no script and no network: the panels where the dashboard places them. */
export function pageOf(title: string, panels: readonly AnsweredPanel[], span: Span): string {
  const rows = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${text(title)}</title><style>${STYLE}</style></head>
<body><h1>${text(title)}</h1><main style="height:${rows * ROW + GAP}px">
${panels.map((answered) => section(answered, span)).join("\n")}
</main></body></html>
`;
}

function section(answered: AnsweredPanel, span: Span): string {
  const { panel } = answered;
  const { x, y, w, h } = panel.gridPos;
  const width = w * COLUMN - GAP;
  const height = h * ROW - GAP;
  const box = `left:${GAP + x * COLUMN}px;top:${GAP + y * ROW}px;width:${width}px;height:${height}px`;
  const inside = { width: width - 2 * PADDING - 2, height: height - TITLE - PADDING - 2 };
  return `<section class="${panel.type}" style="${box}"><h2>${text(panel.title)}</h2>${content(answered, span, inside)}</section>`;
}

const CONTENT: Readonly<Record<Panel["type"], (panel: AnsweredPanel, span: Span, size: Size) => string>> = {
  row: () => "",
  timeseries: timeSeries,
  stat,
  table,
};

function content(answered: AnsweredPanel, span: Span, size: Size): string {
  return CONTENT[answered.panel.type](answered, span, size);
}
