import type { Span } from "../servers/tools/prometheus-server";
import type { Axis } from "./axis";
import { place } from "./markup";

/** A point in seconds since the epoch and in the value's unit. */
export type Point = readonly [at: number, value: number];

/** A series as it is drawn. */
export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly Point[];
  /** How much of the area below the line is seen, from 0 to 1. */
  readonly fill: number;
}

/** Where points are drawn: pixels from the left and the top. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Points that can be drawn: those whose value is a number. */
export function drawable(values: ReadonlyArray<readonly [number, string]>): Point[] {
  return values
    .map(([at, value]) => [at, Number(value)] as const)
    .filter(([, value]) => Number.isFinite(value));
}

/** A line in SVG, broken where a point is missing; a point without neighbours is a dot. */
export function lineMarkup(line: Line, span: Span, axis: Axis, frame: Frame): string {
  const x = (at: number): number => frame.left + ((at - span.from) / (span.to - span.from)) * frame.width;
  const y = (value: number): number => frame.top + frame.height * (1 - axis.share(value));
  const bottom = place(frame.top + frame.height);
  return pieces(line.points, span.step)
    .map((piece) => {
      const spots = piece.map(([at, value]) => `${place(x(at))},${place(y(value))}`);
      const [first, last] = [piece[0], piece.at(-1)];
      if (!first || !last) return "";
      if (first === last)
        return `<circle cx="${place(x(first[0]))}" cy="${place(y(first[1]))}" r="2.5" fill="${line.colour}"/>`;
      const area = `${place(x(first[0]))},${bottom} ${spots.join(" ")} ${place(x(last[0]))},${bottom}`;
      return `<polygon points="${area}" fill="${line.colour}" fill-opacity="${line.fill}"/>
<polyline points="${spots.join(" ")}" fill="none" stroke="${line.colour}" stroke-width="1.5"/>`;
    })
    .join("\n");
}

/** Runs of points that follow each other by one step. */
function pieces(points: readonly Point[], step: number): Point[][] {
  const runs: Point[][] = [];
  let before = -Infinity;
  for (const point of points) {
    if (point[0] - before > step * 1.5) runs.push([]);
    runs.at(-1)?.push(point);
    before = point[0];
  }
  return runs;
}
