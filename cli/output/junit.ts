import { XMLBuilder } from "fast-xml-parser";
import type { Report, SinkResult } from "../report/report";
import { sinkName } from "../report/sink-name";

interface Case {
  readonly "@name": string;
  readonly "@classname": string;
  /** Seconds. */
  readonly "@time": string;
  readonly failure?: Problem;
  readonly error?: Problem;
  readonly skipped?: { readonly "@message": string };
}

interface Problem {
  readonly "@type": string;
  readonly "@message": string;
  readonly "#text": string;
}

/**
 * JUnit's XML as Jenkins reads it. A suite for each namespace of each context; a case for each sink, which fails with
 * its cause, and one for each phase that passed or was skipped, so that one failed sink counts as one failure.
 */
export function junitOf(report: Report): string {
  const suiteNames = [...new Set(report.sinks.map(suiteName))];
  const suites = [
    ...suiteNames.map((name) =>
      suiteOf(name, report.sinks.filter((sink) => suiteName(sink) === name).flatMap(casesOf), report),
    ),
    ...(report.error === undefined ? [] : [suiteOf("kubectl-kollect", [brokenCase(report.error)], report)]),
  ];
  const builder = new XMLBuilder({
    ...{ ignoreAttributes: false, attributeNamePrefix: "@", format: true },
    // Otherwise an attribute with the text "true", such as the name of a namespace, has no value.
    suppressBooleanAttributes: false,
  });
  const root = { "?xml": { "@version": "1.0", "@encoding": "UTF-8" }, testsuites: { testsuite: suites } };
  return legal(String(builder.build(root)));
}

function suiteOf(name: string, cases: readonly Case[], { startedAt }: Report): object {
  const count = (member: "failure" | "error" | "skipped"): number =>
    cases.filter((each) => each[member] !== undefined).length;
  return {
    "@name": name,
    "@tests": cases.length,
    "@failures": count("failure"),
    "@errors": count("error"),
    "@skipped": count("skipped"),
    "@time": seconds(
      cases
        .filter((each) => !each["@name"].includes(" "))
        .reduce((sum, each) => sum + Number(each["@time"]) * 1000, 0),
    ),
    "@timestamp": startedAt.slice(0, 19),
    testcase: cases,
  };
}

function suiteName({ context, namespace }: SinkResult): string {
  return context === undefined ? namespace : `${context}/${namespace}`;
}

function casesOf(sink: SinkResult): Case[] {
  const classname = `${suiteName(sink)}.${sink.kind}`;
  const phases = sink.phases.filter(({ result }) => result !== "Failed");
  return [
    {
      "@name": sinkName(sink),
      "@classname": classname,
      "@time": seconds(sink.latencyMs ?? 0),
      ...problemOf(sink),
    },
    ...phases.map(({ name, result, latencyMs, why }) => ({
      "@name": `${sinkName(sink)} ${name}`,
      "@classname": classname,
      "@time": seconds(latencyMs ?? 0),
      ...(result === "Skipped" ? { skipped: { "@message": why ?? "not asked" } } : {}),
    })),
  ];
}

function problemOf(sink: SinkResult): Pick<Case, "failure" | "error"> {
  if (sink.verdict === "True") return {};
  const failed = sink.phases.find(({ result }) => result === "Failed");
  const problem = {
    "@type": sink.cause ?? sink.reason,
    "@message": sink.message,
    "#text": failed ? `Phase ${failed.name}: ${sink.message}` : sink.message,
  };
  const isOurs = sink.verdict === "Unknown" || sink.cause === "Internal" || sink.fault === "Command";
  return isOurs ? { error: problem } : { failure: problem };
}

function brokenCase(message: string): Case {
  return {
    "@name": "run",
    "@classname": "kubectl-kollect",
    "@time": "0.000",
    error: { "@type": "CommandFailed", "@message": message, "#text": message },
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Removes the characters that XML 1.0 does not allow, escaped or not. */
function legal(xml: string): string {
  // eslint-disable-next-line no-control-regex -- these are what XML cannot hold
  return xml.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
}
