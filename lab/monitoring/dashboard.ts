/** The members of a Grafana dashboard that its picture shows. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly type: "row" | "timeseries" | "stat" | "table";
  readonly title: string;
  /** Columns of 24 and rows of 38 pixels. */
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly fieldConfig?: {
    readonly defaults: FieldDefaults;
    readonly overrides: readonly Override[];
  };
  readonly targets?: readonly Target[];
  readonly options?: { readonly sortBy: ReadonlyArray<{ readonly displayName: string }> };
  readonly transformations?: readonly Organize[];
}

export interface FieldDefaults {
  readonly unit: string;
  readonly max?: number;
  readonly custom?: {
    /** Of 100. */
    readonly fillOpacity: number;
    readonly scaleDistribution: { readonly type: "linear" | "log" };
  };
  readonly noValue?: string;
  readonly thresholds?: { readonly steps: readonly Step[] };
  readonly mappings?: readonly Mapping[];
}

/** From this value on, or from below all others, a value has the colour. */
export interface Step {
  readonly color: string;
  readonly value: number | null;
}

/** What is shown instead of a value. */
export interface Mapping {
  readonly type: "value";
  readonly options: Readonly<Record<string, { readonly text: string }>>;
}

/** Properties of the series or the column of one name. */
export interface Override {
  readonly matcher: { readonly id: "byName"; readonly options: string };
  readonly properties: ReadonlyArray<{ readonly id: string; readonly value: unknown }>;
}

export interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

/** Grafana's transformation of a table's columns: which are left out, in which order, and under which names. */
export interface Organize {
  readonly id: "organize";
  readonly options: {
    readonly excludeByName: Readonly<Record<string, boolean>>;
    readonly indexByName: Readonly<Record<string, number>>;
    readonly renameByName: Readonly<Record<string, string>>;
  };
}

type Labels = Readonly<Record<string, string>>;

/** A series as the panel calls it: in the words of its legend a label's name stands for a label that is not there. */
export function nameOf(legendFormat: string, labels: Labels): string {
  return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? label);
}

/** A property that the panel overrides for this name. */
export function overridden(panel: Panel, name: string, id: string): unknown {
  const matching = panel.fieldConfig?.overrides.filter(({ matcher }) => matcher.options === name) ?? [];
  const properties = matching.flatMap((override) => override.properties);
  return properties.filter((property) => property.id === id).at(-1)?.value;
}
