/** Formats of Grafana's units. */
const FORMATS: Readonly<Record<string, (value: number) => string>> = {
  none: digits,
  short: scaled,
  s: duration,
  reqps: (value) => `${digits(value)} req/s`,
  percentunit: (value) => `${digits(100 * value)}%`,
};

const SCALES = [
  [1e9, " Bil"],
  [1e6, " Mil"],
  [1e3, " K"],
  [1, ""],
] as const;

const TIMES = [
  [604_800, " week"],
  [86_400, " day"],
  [3600, " hour"],
  [60, " min"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
] as const;

/** A value in a unit of Grafana, with three digits that count. Throws for a unit that the dashboard did not use yet. */
export function inUnit(unit: string, value: number): string {
  const format = FORMATS[unit];
  if (!format) throw new Error(`lab/monitoring/units.ts has no unit ${unit}: add it`);
  return format(value);
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function scaled(value: number): string {
  return inSteps(SCALES, value);
}

function duration(value: number): string {
  return value === 0 ? "0 s" : inSteps(TIMES, value);
}

function inSteps(steps: ReadonlyArray<readonly [number, string]>, value: number): string {
  const [size, name] = steps.find(([least]) => Math.abs(value) >= least) ?? [1, ""];
  return `${digits(value / size)}${name}`;
}
