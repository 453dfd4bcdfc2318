import Ajv from "ajv";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { htmlOf } from "../../../cli/output/html/page";
import { FORMATS, render } from "../../../cli/output/format";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import type { Report } from "../../../cli/report/report";
import { resultOf } from "../../../cli/report/result";
import schema from "../../../docs/report.schema.json";
import { FAILED, reportOf, result } from "./samples";

const PLAIN = { colours: false };

/** Text that is markup or an end of something in one of the formats. */
const HOSTILE = `a<script>"&'|]]>\u0007\`*_x\nb</testsuite>--`;

const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;

/** A test whose status a user wrote, with a cause that this version does not have. */
function hostileTest(): KollectConnectionTest {
  const text = "\u001b[2J\u009b31m\u202e\u007f\ndatabase/forged  postgres  True";
  const conditions = [
    { type: "ConnectionVerified", status: "False", reason: text, message: text, observedGeneration: 1 },
    { type: "Complete", status: "True", reason: text, message: text, observedGeneration: 1 },
  ];
  const phases = [{ name: "Resolve", result: "Skipped", why: text }];
  const limitations = [{ id: "NewLimitation", effect: "fails", message: text }];
  const probe = {
    cause: "NewCause",
    endpoint: text,
    serverVersion: text,
    tls: { issuer: text },
    phases,
    limitations,
  };
  const status = { sink: { type: text }, completedAt: "2026-01-02T03:04:05Z", conditions, probe };
  return {
    metadata: { name: "orders", generation: 1 },
    spec: {},
    status,
  } as unknown as KollectConnectionTest;
}

interface Case {
  readonly "@_name": string;
  readonly failure?: { readonly "@_type": string; readonly "@_message": string };
  readonly error?: { readonly "@_type": string };
  readonly skipped?: object;
}

async function casesOf(report: Report): Promise<Case[]> {
  const xml = await render("junit", report, PLAIN);
  expect(XMLValidator.validate(xml)).toBe(true);
  const options = { ignoreAttributes: false, isArray: (name: string) => /^test(case|suite)$/.test(name) };
  const { testsuites } = new XMLParser(options).parse(xml) as {
    testsuites: { testsuite: { testcase: Case[] }[] };
  };
  return testsuites.testsuite.flatMap(({ testcase }) => testcase);
}

describe("the report", () => {
  it.each([
    ["of verdicts", reportOf([result(), result({ ...FAILED, name: "wrong" })])],
    ["of a run that broke", reportOf([], { error: "no cluster", exitCode: 1 })],
    [
      "of a test with everything",
      reportOf([result({ test: "orders-abc", fault: "Timeout", tlsInsecure: "PlainText" })]),
    ],
  ])("has the form of docs/report.schema.json: %s", async (_what, report) => {
    const validate = new Ajv({ validateFormats: false }).compile(schema);
    const text = await render("json", report, PLAIN);
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(parse(await render("yaml", report, PLAIN))).toEqual(JSON.parse(text));
  });
});

describe("the table", () => {
  it("has a column for the namespace where there are several, and kubectl's word for nothing", async () => {
    const one = await render("table", reportOf([result()]), PLAIN);
    expect(one).toMatch(/^SINK .*\ndatabase\/orders {2}postgres {2}True +<none> +42 ms +<none>/);
    const two = await render("table", reportOf([result(), result({ namespace: "other" })]), PLAIN);
    expect(two).toMatch(/^NAMESPACE +SINK/);
  });

  it("has a column for the context where the report covers several, as the other outputs do", async () => {
    const fleet = reportOf([result({ context: "east" }), result({ context: "west", ...FAILED })]);
    expect(await render("table", fleet, PLAIN)).toMatch(/^CONTEXT +SINK .*\neast +database\/orders/);
    expect(await render("wide", fleet, PLAIN)).toMatch(/^CONTEXT +NAMESPACE/);
    expect(await render("markdown", fleet, PLAIN)).toContain("| ❌ | west | shop |");
    expect(await render("html", fleet, PLAIN)).toContain("west · shop · postgres");
    const suites = [...(await render("junit", fleet, PLAIN)).matchAll(/<testsuite name="([^"]*)"/g)];
    expect(suites.map(([, name]) => name)).toEqual(["east/shop", "west/shop"]);
    const validate = new Ajv({ validateFormats: false }).compile(schema);
    expect(validate(JSON.parse(await render("json", fleet, PLAIN)))).toBe(true);
  });

  it("colours verdicts only where it may", async () => {
    expect(await render("table", reportOf([result()]), { colours: true })).toContain(
      "\u001b[32mTrue\u001b[0m",
    );
    expect(await render("table", reportOf([result()]), PLAIN)).not.toContain("\u001b");
  });

  it("is empty without sinks", async () => {
    expect(await render("table", reportOf([]), PLAIN)).toBe("");
  });
});

describe("JUnit", () => {
  it("has a case for the sink and for each phase, and one failure for one broken sink", async () => {
    const cases = await casesOf(reportOf([result(), result({ ...FAILED, name: "wrong" })]));
    expect(cases.map((each) => [each["@_name"], Boolean(each.failure), Boolean(each.skipped)])).toEqual([
      ["database/orders", false, false],
      ["database/orders Resolve", false, false],
      ["database/orders TLS", false, true],
      ["database/wrong", true, false],
      ["database/wrong Resolve", false, false],
    ]);
    expect(cases[3]?.failure?.["@_type"]).toBe("AuthenticationFailed");
  });

  it.each([
    ["the operator's own failure", { ...FAILED, cause: "Internal" as const }],
    ["no verdict", { verdict: "Unknown" as const, reason: "Pending" }],
  ])("calls it an error: %s", async (_what, change) => {
    const [first] = await casesOf(reportOf([result(change)]));
    expect([first?.error !== undefined, first?.failure]).toEqual([true, undefined]);
  });

  it("counts and times each suite", async () => {
    const xml = await render("junit", reportOf([result({ ...FAILED, latencyMs: 1_234 })]), PLAIN);
    expect(xml).toContain(
      'name="shop" tests="2" failures="1" errors="0" skipped="0" time="1.234" timestamp="2026-01-02T03:04:05"',
    );
  });
});

describe("hostile text", () => {
  const report = reportOf([result({ ...FAILED, message: HOSTILE, name: "a", endpoint: HOSTILE })], {
    error: HOSTILE,
  });

  it.each(FORMATS)("changes nothing of the form of %s", async (format) => {
    const text = await render(format, report, PLAIN);
    expect(text).not.toContain("\u0007</");
    if (format === "html" || format === "markdown") expect(text).not.toMatch(/<script|<\/testsuite/);
  });

  it.each(FORMATS)(
    "has no control characters, and forges no line of a table, when a status has it: %s",
    async (format) => {
      const text = await render(format, reportOf([resultOf(TARGET, hostileTest())]), PLAIN);
      expect(text).toContain("orders");
      // eslint-disable-next-line no-control-regex -- these are what a terminal obeys
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text.split("\n").filter((line) => line.startsWith("database/forged"))).toEqual([]);
    },
  );

  it("is a value of an attribute in JUnit also when it is the word true", async () => {
    expect(await render("junit", reportOf([result({ namespace: "true" })]), PLAIN)).toContain('name="true"');
  });

  it("stays in its case of JUnit", async () => {
    const cases = await casesOf(report);
    expect(cases).toHaveLength(3);
    expect(cases[0]?.failure?.["@_message"]).toContain("a<script>");
  });
});

describe("the HTML page", () => {
  it("loads and runs nothing, and shows what failed first with its fix", () => {
    const page = htmlOf(reportOf([result(), result({ ...FAILED, name: "wrong" })]));
    expect(page).not.toMatch(/<(script|link|img|iframe)|url\(|@import|https?:/);
    expect(page).toContain("default-src &#39;none&#39;");
    expect(page.indexOf("database/wrong")).toBeLessThan(page.indexOf("database/orders"));
    expect(page).toContain("Check user and password or key in the Secret that the message names.");
  });

  it("draws phases one after the other", () => {
    const phases = [
      { name: "Resolve" as const, result: "Passed" as const, latencyMs: 25 },
      { name: "Connect" as const, result: "Passed" as const, latencyMs: 75 },
    ];
    const page = htmlOf(reportOf([result({ phases })]));
    expect(page).toContain("margin-left:0.0%;width:25.0%");
    expect(page).toContain("margin-left:25.0%;width:75.0%");
  });

  it("fits a phone and a dark screen", () => {
    const page = htmlOf(reportOf([result()]));
    expect(page).toContain('name="viewport" content="width=device-width');
    expect(page).toContain("prefers-color-scheme: dark");
  });
});
