/** Grafana's colours of series, in turn, in its dark theme. */
const IN_TURN = [
  "#73bf69",
  "#f2cc0c",
  "#8ab8ff",
  "#ff780a",
  "#f2495c",
  "#5794f2",
  "#b877d9",
  "#705da0",
  "#37872d",
  "#fade2a",
];

const NAMED: Readonly<Record<string, string>> = {
  green: "#73bf69",
  orange: "#ff9830",
  red: "#f2495c",
  blue: "#5794f2",
  purple: "#b877d9",
  text: "#ccccdc",
};

/** The colour of the series of this number. */
export function inTurn(index: number): string {
  return IN_TURN[index % IN_TURN.length] ?? "#ccccdc";
}

/** A colour by Grafana's name for it. Throws for a name that the dashboard did not use yet. */
export function named(name: string): string {
  const colour = NAMED[name];
  if (!colour) throw new Error(`lab/monitoring/colours.ts has no colour ${name}: add it`);
  return colour;
}
