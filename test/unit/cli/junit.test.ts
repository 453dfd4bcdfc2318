import { describe, expect, it } from "vitest";
import { junitOf } from "../../../cli/output/junit";
import { brokenRules } from "./junit-rules";
import { FAILED, reportOf, result } from "./samples";

const HOSTILE = `a<script>"&'|]]>\u0007\nb</testsuite>--`;

describe("JUnit by the schema of Jenkins", () => {
  it.each([
    ["verdicts", reportOf([result(), result({ ...FAILED, name: "wrong" })])],
    ["no verdict", reportOf([result({ verdict: "Unknown", reason: "Pending", phases: [] })])],
    ["the operator's own failure", reportOf([result({ ...FAILED, cause: "Internal" })])],
    ["several contexts", reportOf([result({ context: "east" }), result({ context: "west" })])],
    ["no sink", reportOf([])],
    ["a run that broke", reportOf([], { error: HOSTILE, exitCode: 1 })],
    ["hostile text", reportOf([result({ ...FAILED, message: HOSTILE })])],
    ["more than a thousand seconds", reportOf([result({ latencyMs: 1_234_567 })])],
  ])("is valid for %s", (_what, report) => {
    expect(brokenRules(junitOf(report))).toEqual([]);
  });

  it("has every element that the rules are for", () => {
    const all = [
      result(),
      result({ ...FAILED, name: "wrong" }),
      result({ verdict: "Unknown", reason: "Pending" }),
    ];
    const elements = new Set([...junitOf(reportOf(all)).matchAll(/<([a-z]+)/g)].map(([, name]) => name));
    expect(elements).toEqual(new Set(["testsuites", "testsuite", "testcase", "failure", "error", "skipped"]));
  });

  it.each([
    ['<testsuite name="a" tests="1" failures="0" errors="0"/>', "the roots are testsuite"],
    ['<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>', "testsuite has no errors"],
    ["<testsuites><testcase/></testsuites>", "testsuites may not hold testcase"],
    ["<testsuites>text</testsuites>", "testsuites has text"],
    ['<testsuites time="soon"/>', "testsuites has a wrong time"],
    ['<testsuites kind="x"/>', "testsuites may not have kind"],
  ])("would find what is wrong with %s", (xml, line) => {
    expect(brokenRules(xml)).toContain(line);
  });
});
