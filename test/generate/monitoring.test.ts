import { describe, expect, it } from "vitest";
import { Metrics } from "../../capabilities/records/metrics";
import { METRICS, type Metric } from "../../capabilities/records/metric-table";
import { ALERTS } from "../../generate/monitoring/alerts";
import { dashboard } from "../../generate/monitoring/dashboard";
import { ROWS } from "../../generate/monitoring/panels";
import { alertsPage } from "../../generate/monitoring/page";
import { prometheusRule, ruleGroups } from "../../generate/monitoring/rules";
import { QUERIES } from "../fixtures/monitoring/queries";

/** Samples that a histogram has beside those of its name. */
const PARTS = /_(bucket|sum|count)$/;
/** Words of PromQL that look like names. */
const WORD = /[a-zA-Z_]\w*/g;

const METRICS_BY_NAME = new Map(Object.values<Metric>(METRICS).map((metric) => [metric.name, metric]));

function metricOf(name: string): Metric | undefined {
  return METRICS_BY_NAME.get(name) ?? METRICS_BY_NAME.get(name.replace(PARTS, ""));
}

/** Metrics that a query names. */
function metricsIn(expr: string): string[] {
  return [...new Set(expr.match(/\bkollect_\w+/g) ?? [])];
}

/** Labels that a query selects or groups by. */
function labelsIn(expr: string): string[] {
  const matchers = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = ""]) =>
    [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
  );
  const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, inner = ""]) => inner.match(WORD) ?? []);
  return [...new Set([...matchers, ...groups])].filter((label) => label !== "le");
}

describe.each(QUERIES.map(({ from, expr }) => [from, expr] as const))("%s", (_, expr) => {
  it("names metrics of the operator, as the type has them, and only labels that they have", () => {
    const names = metricsIn(expr);
    expect(names).not.toEqual([]);
    const labels = labelsIn(expr);
    for (const name of names) {
      const metric = metricOf(name);
      expect(metric, name).toBeDefined();
      expect(PARTS.test(name) && metric?.name !== name, name).toBe(metric?.type === "histogram");
      expect(
        labels.filter((label) => !metric?.labels.includes(label)),
        name,
      ).toEqual([]);
    }
  });
});

describe("the metrics that queries name", () => {
  it("are in what the operator shows", async () => {
    const metrics = new Metrics({ sinks: true });
    metrics.observeLoad({
      running: () => 0,
      waiting: () => 0,
      slots: { quick: 1, slow: 1 },
      slotsInUse: () => ({ quick: 0, slow: 0 }),
      eventsWaiting: () => 0,
      eventsDropped: () => 0,
    });
    metrics.observeHealth(() => true);
    metrics.build({ version: "1", exporter_version: "next", node_version: "v20" });
    const shown = new Set([...(await metrics.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
    const named = QUERIES.flatMap(({ expr }) => metricsIn(expr)).map((name) => metricOf(name)?.name);
    expect(named.filter((name) => !shown.has(name ?? ""))).toEqual([]);
  });

  it("are all metrics of the operator", () => {
    const named = new Set(QUERIES.flatMap(({ expr }) => metricsIn(expr)).map((name) => metricOf(name)?.name));
    expect([...METRICS_BY_NAME.keys()].filter((name) => !named.has(name))).toEqual([]);
  });
});

describe("alerts", () => {
  it("keep the name that Kollect uses, and have one name each", () => {
    const names = ALERTS.map(({ name }) => name);
    expect(names).toContain("KollectSinkConnectionTestFailures");
    expect(new Set(names).size).toBe(names.length);
  });

  it("lead to their own heading of the page", () => {
    const page = alertsPage();
    for (const { alert, annotations } of ruleGroups().flatMap(({ rules }) => rules)) {
      const [, anchor = ""] = /docs\/alerts\.md#(.+)$/.exec(annotations.runbook_url) ?? [];
      expect(page).toMatch(new RegExp(`^## ${alert}$`, "m"));
      expect(anchor).toBe(alert.toLowerCase());
    }
  });

  it("name in their texts only labels that their measure keeps", () => {
    for (const { name, measure, summary, description } of ALERTS) {
      const texts = `${summary} ${description}`;
      const used = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label = ""]) => label);
      const grouped = /\b(sum|histogram_quantile)\b/.test(measure);
      const metric = metricOf(metricsIn(measure)[0] ?? "");
      const kept = grouped ? labelsIn(measure) : (metric?.labels ?? []);
      expect(
        used.filter((label) => !kept.includes(label)),
        name,
      ).toEqual([]);
    }
  });

  it("are complete", () => {
    const { kind, spec } = prometheusRule() as unknown as {
      kind: string;
      spec: { groups: ReturnType<typeof ruleGroups> };
    };
    expect(kind).toBe("PrometheusRule");
    for (const { labels, annotations } of spec.groups.flatMap(({ rules }) => rules)) {
      expect(labels["severity"]).toMatch(/^(critical|warning|info)$/);
      expect(annotations.summary).toMatch(/^\S.{10,200}\.$/);
      expect(annotations.description).toMatch(/^\S[^]{10,300}\.$/);
    }
  });
});

interface PlacedPanel {
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

describe("the dashboard", () => {
  const { panels } = dashboard() as { panels: readonly PlacedPanel[] };

  it("gives every panel a number and a place of its own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  const tables = ROWS.flatMap((row) => row.panels).filter(({ type }) => type === "table");

  it.each(tables)("has a heading for each label of the table $title, and no others", (panel) => {
    const labels = panel.queries.flatMap(({ expr }) => labelsIn(expr));
    const headed = panel.columns?.map(([source]) => source).filter((source) => source !== "Value");
    expect(headed?.sort()).toEqual(labels.sort());
  });
});
