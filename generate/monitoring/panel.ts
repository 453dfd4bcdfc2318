export interface Query {
  readonly expr: string;
  /** Name of a series in the legend. */
  readonly legend: string;
}

type Colour = "green" | "orange" | "red" | "blue" | "purple";

/** One panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** What the panel shows, and what to do about it. */
  readonly description: string;
  readonly type: "timeseries" | "stat" | "table";
  /** Grafana's name of a unit. One panel has one unit, or its axis is wrong for some of its series. */
  readonly unit: string;
  /** Columns of 24. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** Colours of values: each holds from its value on, the first one below all others too. Not for `timeseries`. */
  readonly steps?: ReadonlyArray<readonly [colour: Colour, from: number]>;
  /** Words that are shown instead of values. Only for `stat`. */
  readonly words?: Readonly<Record<string, string>>;
  /** What is shown when there is no value. Only for `stat`. */
  readonly empty?: string;
  /** End of the axis, where it is known. Only for `timeseries`. */
  readonly max?: number;
  /** Whether the axis shows milliseconds beside minutes. Only for `timeseries`. */
  readonly logarithmic?: true;
  /** Colours of the series with these names; without one, Grafana's next colour. Only for `timeseries`. */
  readonly colours?: Readonly<Record<string, Colour>>;
  /** From left to right, the label or `Value` of each column and its heading. Only for `table`. */
  readonly columns?: ReadonlyArray<readonly [source: string, heading: string]>;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

type Rest = Pick<Panel, "unit" | "width" | "queries" | "max" | "logarithmic" | "colours">;

/** A panel of lines over time. */
export function series(title: string, description: string, rest: Rest): Panel {
  return { title, description, type: "timeseries", ...rest };
}
