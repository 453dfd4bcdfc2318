import type { Span } from "../servers/tools/prometheus-server";
import type { AnsweredPanel } from "./answers";
import { clock, linear, logarithmic, times, type Axis } from "./axis";
import { inTurn, named } from "./colours";
import { nameOf, overridden, type Panel } from "./dashboard";
import { drawable, lineMarkup, type Frame, type Line } from "./lines";
import { place, text } from "./markup";
import { inUnit } from "./units";

export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEGEND_LINE = 18;
/** Pixels that a letter of the legend takes, and its mark with the space around. */
const LETTER = 6.3;
const MARK = 28;
const AXIS = { left: 62, bottom: 22, top: 8, right: 8 };
/** Pixels from the middle of one time to that of the next, and to its own end. */
const TIME = 70;
const HALF_OF_TIME = 25;
/** Seconds that may be between two times. */
const BETWEEN_TIMES_S = [10, 15, 30, 60, 120, 300];

/** A panel's lines with axes and legend, in a box of this size. */
export function timeSeries({ panel, answers }: AnsweredPanel, span: Span, size: Size): string {
  const lines = linesOf(panel, answers);
  const names = lines.map(({ name }) => name);
  const height = size.height - LEGEND_LINE * legendLines(names, size.width);
  const frame = {
    left: AXIS.left,
    top: AXIS.top,
    width: size.width - AXIS.left - AXIS.right,
    height: height - AXIS.top - AXIS.bottom,
  };
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const axis = axisOf(panel, values);
  const unit = panel.fieldConfig?.defaults.unit ?? "none";
  return `<svg width="${size.width}" height="${height}" role="img" aria-label="${text(panel.title)}">
${axis.marks.map((mark) => levelMarkup(inUnit(unit, mark), frame.top + frame.height * (1 - axis.share(mark)), frame)).join("\n")}
${times(span.from, span.to, betweenTimes(span, frame.width))
  .map((at) => timeMarkup(at, span, frame))
  .join("\n")}
${lines.map((line) => lineMarkup(line, span, axis, frame)).join("\n")}
${values.length === 0 ? `<text class="none" x="${place(frame.left + frame.width / 2)}" y="${place(height / 2)}">No data</text>` : ""}
</svg>
<div class="legend">${lines.map(({ name, colour }) => `<span><i style="background:${colour}"></i>${text(name)}</span>`).join("")}</div>`;
}

function axisOf({ fieldConfig }: Panel, values: readonly number[]): Axis {
  const { custom, max } = fieldConfig?.defaults ?? {};
  if (custom?.scaleDistribution.type === "log") return logarithmic(values);
  return linear(max ?? Math.max(0, ...values));
}

function betweenTimes({ from, to }: Span, width: number): number {
  return BETWEEN_TIMES_S.find((every) => (every / (to - from)) * width >= TIME) ?? to - from;
}

/** The lines of a panel, each with its name and colour. */
export function linesOf(panel: Panel, answers: AnsweredPanel["answers"]): Line[] {
  const series = answers.flatMap(({ legendFormat, series }) =>
    series.map(({ metric, values }) => ({ name: nameOf(legendFormat, metric), values })),
  );
  return series.map(({ name, values }, index) => ({
    name,
    colour: colourOf(panel, name, index),
    points: drawable(values),
    fill: (panel.fieldConfig?.defaults.custom?.fillOpacity ?? 10) / 100,
  }));
}

function colourOf(panel: Panel, name: string, index: number): string {
  const fixed = overridden(panel, name, "color") as { readonly fixedColor: string } | undefined;
  return fixed ? named(fixed.fixedColor) : inTurn(index);
}

/** Lines that names take in a legend of this width. */
export function legendLines(names: readonly string[], width: number): number {
  let lines = names.length === 0 ? 0 : 1;
  let used = 0;
  for (const name of names) {
    const wide = MARK + LETTER * name.length;
    if (used > 0 && used + wide > width) [lines, used] = [lines + 1, 0];
    used += wide;
  }
  return lines;
}

function levelMarkup(label: string, y: number, { left, width }: Frame): string {
  return `<line class="grid" x1="${left}" x2="${place(left + width)}" y1="${place(y)}" y2="${place(y)}"/>
<text class="level" x="${left - 6}" y="${place(y + 4)}">${text(label)}</text>`;
}

function timeMarkup(at: number, span: Span, { left, top, width, height }: Frame): string {
  const x = left + ((at - span.from) / (span.to - span.from)) * width;
  const inside = Math.min(x, left + width + AXIS.right - HALF_OF_TIME);
  return `<line class="grid" x1="${place(x)}" x2="${place(x)}" y1="${top}" y2="${place(top + height)}"/>
<text class="time" x="${place(inside)}" y="${place(top + height + 16)}">${clock(at)}</text>`;
}
