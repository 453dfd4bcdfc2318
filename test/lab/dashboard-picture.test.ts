import { describe, expect, it } from "vitest";
import { dashboard } from "../../generate/monitoring/dashboard";
import type { AnsweredPanel } from "../../lab/monitoring/answers";
import { linear, logarithmic, times } from "../../lab/monitoring/axis";
import { named } from "../../lab/monitoring/colours";
import { nameOf, type Dashboard, type Panel } from "../../lab/monitoring/dashboard";
import { drawable, lineMarkup } from "../../lab/monitoring/lines";
import { pageOf } from "../../lab/monitoring/page";
import { shown, stepOf } from "../../lab/monitoring/stat";
import { columnsOf, table } from "../../lab/monitoring/table";
import { legendLines, linesOf } from "../../lab/monitoring/time-series";
import { inUnit } from "../../lab/monitoring/units";

const SPAN = { from: 0, to: 60, step: 1 };
const { title, panels } = dashboard() as Dashboard;

function panelCalled(name: string): Panel {
  const panel = panels.find((each) => each.title === name);
  if (!panel) throw new Error(`the dashboard has no panel ${name}`);
  return panel;
}

/** The panel with one answer for each of its queries: a series with these labels. */
function answered(panel: Panel, metric: Readonly<Record<string, string>>, value = "1"): AnsweredPanel {
  const series = [{ metric, values: [[10, value] as const] }];
  return { panel, answers: (panel.targets ?? []).map(({ legendFormat }) => ({ legendFormat, series })) };
}

describe("a value in a unit of Grafana", () => {
  it.each([
    ["none", 3, "3"],
    ["short", 1234, "1.23 K"],
    ["short", 0.25, "0.25"],
    ["s", 0, "0 s"],
    ["s", 0.0123, "12.3 ms"],
    ["s", 90, "1.5 min"],
    ["reqps", 12.34, "12.3 req/s"],
    ["percentunit", 0.791, "79.1%"],
  ])("in %s: %d is %s", (unit, value, expected) => {
    expect(inUnit(unit, value)).toBe(expected);
  });

  it("is refused when the unit is not known", () => {
    expect(() => inUnit("parsecs", 1)).toThrow("no unit parsecs");
    expect(() => named("mauve")).toThrow("no colour mauve");
  });
});

describe("an axis", () => {
  it.each([
    [0, [0, 0.5, 1]],
    [0.37, [0, 0.1, 0.2, 0.3, 0.4]],
    [4, [0, 1, 2, 3, 4]],
    [58, [0, 20, 40, 60]],
  ])("up to %d has few, round marks", (max, marks) => {
    const axis = linear(max);
    expect(axis.marks).toEqual(marks);
    expect(axis.share(axis.marks.at(-1) ?? 0)).toBeCloseTo(1);
  });

  it("that is logarithmic has a mark for each power of ten", () => {
    const axis = logarithmic([0.02, 7]);
    expect(axis.marks.map((mark) => inUnit("s", mark))).toEqual(["10 ms", "100 ms", "1 s", "10 s"]);
    expect(axis.share(0.1)).toBeCloseTo(1 / 3);
    expect(logarithmic([]).marks).toEqual([1, 10]);
  });

  it("of time has whole multiples", () => {
    expect(times(31, 121, 30)).toEqual([60, 90, 120]);
  });
});

describe("a line", () => {
  it("is broken where there is no number, and a lone point is a dot", () => {
    const values = [
      [0, "1"],
      [1, "NaN"],
      [2, "1"],
      [3, "+Inf"],
      [4, "1"],
      [5, "2"],
    ] as const;
    const line = { name: "a", colour: "#fff", fill: 0, points: drawable(values) };
    const markup = lineMarkup(line, SPAN, linear(2), { left: 0, top: 0, width: 60, height: 100 });
    expect(markup.match(/<circle/g)).toHaveLength(2);
    expect(markup).toContain('<polyline points="4,50 5,0"');
  });

  it("has the colour that the panel gives its name, or the next one", () => {
    const panel = panelCalled("Verdicts per minute");
    const [failure] = linesOf(panel, answered(panel, { result: "failure" }).answers);
    expect(failure).toMatchObject({ name: "failure", colour: named("red") });
    const [other] = linesOf(panel, answered(panel, { result: "other" }).answers);
    expect(other).toMatchObject({ colour: named("green") });
  });

  it("is called by its labels, and by the name of a label that is not there", () => {
    expect(nameOf("{{need}} ({{ kind }})", { need: "postgres:Rows" })).toBe("postgres:Rows (kind)");
  });

  it("has its name in a legend of as many lines as names need", () => {
    expect(legendLines([], 200)).toBe(0);
    expect(legendLines(["p50", "p95"], 200)).toBe(1);
    expect(legendLines(["AuthenticationFailed", "ConnectionRefused"], 200)).toBe(2);
  });
});

describe("a number", () => {
  const { fieldConfig } = panelCalled("Operator");

  it("is shown as the panel's word for it, in the colour of its step", () => {
    const defaults = fieldConfig?.defaults ?? { unit: "none" };
    expect([0, 1, 2].map((value) => shown(defaults, value))).toEqual(["not live", "live", "2"]);
    expect([0, 1].map((value) => stepOf(defaults.thresholds?.steps ?? [], value))).toEqual(["red", "green"]);
  });
});

describe("a table", () => {
  it("shows time, labels and value unless the panel organizes its columns", () => {
    const names = columnsOf([{ Time: "", Value: "1", sink: "a", job: "b" }], []).map(({ name }) => name);
    expect(names).toEqual(["Time", "job", "sink", "Value"]);
  });

  it("has the panel's headings, order and colours", () => {
    const panel = panelCalled("Certificates that expire first");
    const answers = [13.5, 1.5].map((days) =>
      answered(panel, { namespace: "shop", kind: "K", sink: `of-${days}` }, String(days)),
    );
    const markup = table({ panel, answers: answers.flatMap((each) => each.answers) });
    const headings = ["Days left", "Namespace", "Kind", "Sink"].map((name) => `<th>${name}</th>`);
    expect(markup).toContain(headings.join(""));
    expect(markup.indexOf("of-1.5")).toBeLessThan(markup.indexOf("of-13.5"));
    expect(markup).toContain(`color:${named("red")}">1.5<`);
    expect(markup).toContain(`color:${named("orange")}">13.5<`);
  });
});

describe("the page", () => {
  it("has every panel of the dashboard, with data and without", () => {
    for (const all of [
      panels.map((panel) => answered(panel, {})),
      panels.map((panel) => ({ panel, answers: [] })),
    ]) {
      const page = pageOf(title, all, SPAN);
      expect(page.match(/<section/g)).toHaveLength(panels.length);
      expect(page).not.toMatch(/undefined|NaN|Infinity|<script/);
    }
  });

  it("shows what series are called as text", () => {
    const panel = panelCalled("Slots in use");
    const page = pageOf("a & b", [answered(panel, { lane: "<b>" })], SPAN);
    expect(page).toContain("&lt;b&gt;");
    expect(page).toContain("<h1>a &amp; b</h1>");
  });
});
