import type { Span } from "../servers/tools/prometheus-server";
import type { AnsweredPanel } from "./answers";
import { linear } from "./axis";
import { named } from "./colours";
import type { FieldDefaults, Step } from "./dashboard";
import { lineMarkup } from "./lines";
import { text } from "./markup";
import { linesOf, type Size } from "./time-series";
import { inUnit } from "./units";

/** The last value of a panel's first series in large letters, above its course. */
export function stat({ panel, answers }: AnsweredPanel, span: Span, size: Size): string {
  const [line] = linesOf(panel, answers);
  const last = line?.points.at(-1);
  const defaults: FieldDefaults = panel.fieldConfig?.defaults ?? { unit: "none" };
  if (!line || !last) return `<div class="large">${text(defaults.noValue ?? "No data")}</div>`;
  const colour = named(stepOf(defaults.thresholds?.steps ?? [], last[1]));
  const axis = linear(Math.max(...line.points.map(([, value]) => value)));
  const height = Math.round(size.height / 3);
  const frame = { left: 0, top: 4, width: size.width, height: height - 4 };
  return `<div class="large" style="color:${colour}">${text(shown(defaults, last[1]))}</div>
<svg class="course" width="${size.width}" height="${height}">${lineMarkup({ ...line, colour }, span, axis, frame)}</svg>`;
}

/** A value as the panel shows it: by its mappings, or in its unit. */
export function shown({ mappings = [], unit }: FieldDefaults, value: number): string {
  const mapped = mappings
    .map(({ options }) => options[String(value)]?.text)
    .find((each) => each !== undefined);
  return mapped ?? inUnit(unit, value);
}

/** The colour of the last step that the value reaches. */
export function stepOf(steps: readonly Step[], value: number): string {
  return steps.filter((step) => step.value === null || value >= step.value).at(-1)?.color ?? "text";
}
