import type { Panel } from "./panel";

/** The name of a query's value among the columns of a table. */
const VALUE = "Value";

/** How Grafana shows the values of a panel. */
export function fieldConfig(panel: Panel): object {
  const { type, unit, max, empty, colours = {} } = panel;
  const defaults = {
    unit,
    ...(type === "timeseries" ? axis(panel) : {}),
    ...(max === undefined ? {} : { max }),
    ...(empty === undefined ? {} : { noValue: empty }),
    ...thresholds(panel),
    ...mappings(panel),
  };
  return { defaults, overrides: [...Object.entries(colours).map(fixedColour), ...colouredCells(panel)] };
}

/** A table's rows in the order of its columns, from left to right. */
export function tableOptions({ columns = [] }: Panel): object {
  const sortBy = columns.map(([, displayName]) => ({ displayName, desc: false }));
  return { frameIndex: 0, showHeader: true, sortBy };
}

/** The columns of a table; Grafana shows the time, every label and the value otherwise. */
export function transformations({ columns = [] }: Panel): object[] {
  if (columns.length === 0) return [];
  const sources = columns.map(([source]) => source);
  const left = ["Time", VALUE].filter((name) => !sources.includes(name));
  return [
    {
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(left.map((name) => [name, true])),
        indexByName: Object.fromEntries(sources.map((source, index) => [source, index])),
        renameByName: Object.fromEntries(columns),
      },
    },
  ];
}

function axis({ logarithmic }: Panel): object {
  const scaleDistribution = logarithmic ? { type: "log", log: 10 } : { type: "linear" };
  // An area down to the axis means nothing where the axis does not begin at 0.
  const custom = { fillOpacity: logarithmic ? 0 : 10, scaleDistribution };
  return { ...(logarithmic ? {} : { min: 0 }), custom };
}

function thresholds({ steps }: Panel): object {
  if (!steps) return {};
  const lowest = (index: number, from: number): number | null => (index === 0 ? null : from);
  const inGrafana = steps.map(([color, from], index) => ({ color, value: lowest(index, from) }));
  return { thresholds: { mode: "absolute", steps: inGrafana } };
}

function mappings({ words }: Panel): object {
  if (!words) return {};
  const options = Object.fromEntries(Object.entries(words).map(([value, text]) => [value, { text }]));
  return { mappings: [{ type: "value", options }] };
}

function fixedColour([name, fixedColor]: readonly [string, string]): object {
  return overrideOf(name, "color", { mode: "fixed", fixedColor });
}

/** Without this, a table shows no colours. */
function colouredCells({ columns = [], steps }: Panel): object[] {
  const value = columns.find(([source]) => source === VALUE);
  return steps && value ? [overrideOf(value[1], "custom.cellOptions", { type: "color-text" })] : [];
}

function overrideOf(name: string, id: string, value: object): object {
  return { matcher: { id: "byName", options: name }, properties: [{ id, value }] };
}
