import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../../capabilities/domain/outcome";
import { finalStatus, plainStatus, sinkConditions } from "../../../../capabilities/domain/status";
import type { Sink } from "../../../../capabilities/api/types";
import { makeTest } from "../../../fixtures/make-test";

const OUTCOME: Outcome = {
  probeId: "p-1",
  startedAt: 0,
  completedAt: 1000,
  attempts: 1,
  waitedMs: 0,
  sharedBy: 1,
  sink: { kind: "KollectSnapshotSink", name: "archive", uid: "s-1", generation: 4, type: "s3" },
  secrets: [],
  report: {
    endpoint: "s3.shop:443/bucket",
    latencyMs: 21,
    phases: [{ name: "Verify", result: "Passed", latencyMs: 1 }],
    unproven: [
      { need: "s3:PutObject", kind: "NotAnswered", why: "the server answered 501" },
      { need: "storage.objects.delete", kind: "OnlyAWriteTells", why: "there is no question for it" },
    ],
  },
  limitations: [
    {
      id: "RegionIgnored",
      effect: "fails",
      message: "Kollect 0.18 signs for us-east-1. Use another bucket.",
    },
    { id: "SessionTokenIgnored", effect: "ignored", message: "Kollect 0.18 ignores the token. Use a key." },
  ],
};

describe("the status of a verdict with open questions", () => {
  const status = finalStatus(makeTest(), OUTCOME, undefined);
  const of = (type: string) => status.conditions?.find((each) => each.type === type);

  it("lists what is unproven, with its number for columns", () => {
    expect(status.probe).toMatchObject({ unproven: OUTCOME.report?.unproven, unprovenCount: 2 });
  });
  it("names in the message what the backend did not answer, and not what only a write tells", () => {
    expect(of("ConnectionVerified")).toMatchObject({
      status: "True",
      message: "S3 at s3.shop:443/bucket passed Verify. Not proven: s3:PutObject (the server answered 501).",
    });
  });
  it("shows ExporterLimited for the worst limitation, with the sentences of all", () => {
    expect(of("ExporterLimited")).toMatchObject({
      status: "True",
      reason: "RegionIgnored",
      message:
        "Kollect 0.18 signs for us-east-1. Use another bucket. Kollect 0.18 ignores the token. Use a key.",
    });
    expect(status.probe?.limitations).toEqual(OUTCOME.limitations);
  });
  it("has neither, and counts zero, when everything was proven", () => {
    const { unproven: _, ...report } = OUTCOME.report!;
    const { limitations: __, ...rest } = OUTCOME;
    const proven = finalStatus(makeTest(), { ...rest, report }, undefined);
    expect(proven.conditions?.map(({ type }) => type)).not.toContain("ExporterLimited");
    expect(proven.probe).toMatchObject({ unprovenCount: 0 });
    expect(Object.keys(proven.probe ?? {})).not.toContain("limitations");
  });
  it("keeps ExporterLimited from sinks, which Kollect itself writes conditions to", () => {
    const sink = { metadata: { generation: 4 }, spec: { type: "s3" } } as Sink;
    expect(sinkConditions(sink, OUTCOME).map(({ type }) => type)).toEqual(["ConnectionVerified"]);
  });
});

describe("plainStatus", () => {
  it("leaves out what a CRD of another installer may refuse, and keeps the rest", () => {
    const failure = {
      reason: "ConnectionTestFailed",
      cause: "UnsupportedByExporter",
      message: "Kollect 0.18 cannot. Use another.",
    } as const;
    const status = finalStatus(makeTest(), { ...OUTCOME, failure }, undefined);
    const plain = plainStatus(status);
    expect(Object.keys(plain.probe ?? {}).sort()).toEqual(["cause", "endpoint", "phases"]);
    expect(plain.probe?.cause).toBe("InvalidConfiguration");
    expect(plain.conditions?.map(({ type }) => type)).not.toContain("ExporterLimited");
    expect(plain).toMatchObject({ completed: true, latencyMs: 21, sink: status.sink });
  });
});
