import { METRICS } from "../../capabilities/records/metric-table";
import { fieldConfig, tableOptions, transformations } from "./fields";
import type { Panel, Row } from "./panel";
import { ROWS } from "./panels";

const HEIGHT = 8;
const COLUMNS = 24;
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

/** Name of the dashboard's file. */
export const DASHBOARD_FILE = "kollect-connection-test.json";

/** The Grafana dashboard as an object: for Grafana 10 and newer. */
export function dashboard(): object {
  return {
    uid: "kollect-connection-test",
    title: "Kollect connection tests",
    description: "Verdicts, times and load of the operator that tests Kollect sinks.",
    tags: ["kollect"],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "browser",
    annotations: { list: [] },
    templating: { list: [datasourceVariable(), typeVariable()] },
    panels: placed(ROWS),
  };
}

/** The dashboard as Grafana reads it from a file. */
export function dashboardJson(): string {
  return `${JSON.stringify(dashboard(), undefined, 2)}\n`;
}

function datasourceVariable(): object {
  return { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" };
}

function typeVariable(): object {
  const query = `label_values(${METRICS.verdicts.name}, type)`;
  return {
    name: "type",
    label: "Type of sink",
    type: "query",
    datasource: DATASOURCE,
    query: { query, refId: "types" },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { text: "All", value: "$__all" },
  };
}

/** Panels side by side, row below row, with identifiers from 1. */
function placed(rows: readonly Row[]): object[] {
  let id = 0;
  let y = 0;
  return rows.flatMap(({ title, panels }) => {
    const head = {
      id: (id += 1),
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: at(0, y, COLUMNS),
    };
    y += 1;
    let x = 0;
    const below = panels.map((panel) => {
      if (x + panel.width > COLUMNS) [x, y] = [0, y + HEIGHT];
      const gridPos = { ...at(x, y, panel.width), h: HEIGHT };
      x += panel.width;
      return { id: (id += 1), gridPos, ...panelOf(panel) };
    });
    y += HEIGHT;
    return [head, ...below];
  });
}

function at(x: number, y: number, w: number): { x: number; y: number; w: number; h: number } {
  return { x, y, w, h: 1 };
}

function panelOf(panel: Panel): object {
  const { title, description, type, queries } = panel;
  const isTable = type === "table";
  return {
    type,
    title,
    description,
    datasource: DATASOURCE,
    fieldConfig: fieldConfig(panel),
    ...(isTable ? { options: tableOptions(panel), transformations: transformations(panel) } : {}),
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(isTable ? { instant: true, range: false, format: "table" } : {}),
    })),
  };
}
