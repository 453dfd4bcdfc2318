import { InvalidArgumentError } from "@commander-js/extra-typings";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;

/** Reads `30s`, `2m`, `1h30m` or plain seconds, up to a day, into milliseconds. */
export function duration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const isWhole = parts.map(([part]) => part).join("") === text && text !== "";
  const sum = parts.reduce((total, [, count, unit = "s"]) => total + Number(count) * (UNITS[unit] ?? 0), 0);
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : isWhole ? sum : Number.NaN;
  if (milliseconds > 0 && milliseconds <= LONGEST_MS) return Math.round(milliseconds);
  throw new InvalidArgumentError("Write a time such as 30s, 2m or 1h, up to 24h.");
}

/** A reader of whole numbers from `least` to `most`. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
  };
}

/** Collects an option that may be given several times. */
export function several(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Reads `true` or `false`; an option without a value is true. */
export function yesOrNo(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidArgumentError("Write true or false.");
}
