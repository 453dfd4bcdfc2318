/** Lines that a chart has at most, but for that of 0. */
const LINES = 4;

/** The values of an axis. */
export interface Axis {
  /** Those that have a line, from the least to the highest. */
  readonly marks: readonly number[];
  /** How far a value is up the axis, from 0 to 1. */
  share(value: number): number;
}

/** From 0 up to the first mark at or above `max`; marks are at 1, 2 or 5 times a power of ten. */
export function linear(max: number): Axis {
  const highest = max > 0 ? max : 1;
  const power = 10 ** Math.floor(Math.log10(highest / LINES));
  const size =
    [1, 2, 5, 10].map((factor) => factor * power).find((each) => highest / each <= LINES) ?? highest;
  const count = Math.ceil(highest / size - 1e-9);
  const top = count * size;
  return { marks: multiples(count, size), share: (value) => value / top };
}

/** From the power of ten below the least value to that above the highest; values are above 0. */
export function logarithmic(values: readonly number[]): Axis {
  const powers = values.map((value) => Math.log10(value));
  const lowest = Math.floor(Math.min(...powers, 0));
  const count = Math.max(1, Math.ceil(Math.max(...powers, lowest)) - lowest);
  return {
    marks: Array.from({ length: count + 1 }, (_, index) => 10 ** (lowest + index)),
    share: (value) => (Math.log10(value) - lowest) / count,
  };
}

function multiples(count: number, size: number): number[] {
  return Array.from({ length: count + 1 }, (_, index) => Number((index * size).toPrecision(12)));
}

/** Whole multiples of `every` seconds in a stretch of time. */
export function times(from: number, to: number, every: number): number[] {
  const first = Math.ceil(from / every) * every;
  return Array.from({ length: Math.floor((to - first) / every) + 1 }, (_, index) => first + index * every);
}

/** Hours, minutes and seconds of a time, in UTC. */
export function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}
