import { describe, expect, it } from "vitest";
import type { Condition, Sink } from "../../../capabilities/api/types";
import { MAX_PROBED_SECRETS } from "../../../capabilities/api/vocabulary";
import { failed } from "../../../capabilities/domain/failure";
import type { Outcome } from "../../../capabilities/domain/outcome";
import {
  finalMessage,
  finalStatus,
  pageStatus,
  plainStatus,
  progressStatus,
  sinkConditions,
} from "../../../capabilities/domain/status";
import { makeTest } from "../../fixtures/make-test";

const PASSED = "PostgreSQL at db:5432 passed Connect.";

function outcome(change: Partial<Outcome> = {}, report: Partial<Outcome["report"]> = {}): Outcome {
  const counts = { startedAt: 0, completedAt: 1_000, attempts: 1, waitedMs: 0, sharedBy: 1 };
  const phases = [{ name: "Connect", result: "Passed", latencyMs: 1 }] as const;
  return {
    ...{ probeId: "p-1", ...counts, secrets: [] },
    sink: { kind: "KollectDatabaseSink", name: "orders", uid: "s-1", generation: 4, type: "postgres" },
    report: { endpoint: "db:5432", phases, latencyMs: 1, ...report },
    ...change,
  };
}

const { failure } = failed("UnsupportedByExporter", "Exports would fail.");
const limitation = (message: string) => ({ id: "TLSSettingsIgnored", effect: "ignored", message }) as const;

function types(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type }) => type);
}

describe("the message of a verdict", () => {
  it("is that of the failure", () => {
    expect(finalMessage(outcome({ failure }))).toBe("Exports would fail.");
  });

  it("names the backend, or the sink where its type is not known", () => {
    expect(finalMessage(outcome())).toBe(PASSED);
    expect(finalMessage(outcome({ sink: undefined }))).toBe("The sink at db:5432 passed Connect.");
  });

  it("names what was not answered, and not what only a write tells", () => {
    const unproven = [
      { need: "postgres:Privileges", why: "no answer", kind: "NotAnswered" },
      { need: "git:PushRules", why: "no question", kind: "OnlyAWriteTells" },
      { need: "kafka:MaxMessageBytes", why: "no right to ask", kind: "NotAnswered" },
    ] as const;
    expect(finalMessage(outcome({}, { unproven }))).toBe(
      `${PASSED} Not proven: postgres:Privileges (no answer), kafka:MaxMessageBytes (no right to ask).`,
    );
    expect(finalMessage(outcome({}, { unproven: unproven.slice(1, 2) }))).toBe(PASSED);
  });
});

describe("limitations of the exporter", () => {
  it("are one condition with the reason of the first and all messages", () => {
    const limitations = [limitation("First."), limitation("Second.")];
    const { conditions = [], probe } = finalStatus(makeTest(), outcome({ limitations }), undefined);
    const found = conditions.find(({ type }) => type === "ExporterLimited");
    expect(found).toMatchObject({ status: "True", reason: "TLSSettingsIgnored", message: "First. Second." });
    expect(probe?.limitations).toEqual(limitations);
  });

  it("are shown in a message of at most 4096 characters", () => {
    const limitations = [limitation("x".repeat(3_000)), limitation("y".repeat(3_000))];
    const { conditions = [] } = finalStatus(makeTest(), outcome({ limitations }), undefined);
    expect(conditions.find(({ type }) => type === "ExporterLimited")?.message).toHaveLength(4_096);
  });

  it("are no condition where there are none", () => {
    expect(types(finalStatus(makeTest(), outcome(), undefined).conditions)).not.toContain("ExporterLimited");
  });
});

it("a verdict whose sink has changed says so", () => {
  const status = finalStatus(makeTest(), outcome({ sinkChanged: "SinkGeneration" }), undefined);
  const found = status.conditions?.find(({ type }) => type === "SinkChanged");
  expect(found).toMatchObject({ status: "True", reason: "SinkGeneration" });
  expect(types(finalStatus(makeTest(), outcome(), undefined).conditions)).not.toContain("SinkChanged");
});

it.each([
  ["PlainText", /^The connection was not encrypted/],
  ["VerificationSkipped", /^The sink's certificate was not verified/],
] as const)("TLSInsecure says what %s means", (insecure, says) => {
  const { conditions = [] } = finalStatus(makeTest(), outcome({}, { insecure }), undefined);
  expect(conditions.find(({ type }) => type === "TLSInsecure")?.message).toMatch(says);
});

it("a status names the Secrets that were read, up to a number", () => {
  const secrets = Array.from({ length: MAX_PROBED_SECRETS + 1 }, (_, at) => ({
    namespace: "shop",
    name: `secret-${at}`,
    resourceVersion: "1",
  }));
  const named = finalStatus(makeTest(), outcome({ secrets }), undefined).sink?.secrets;
  expect(named).toEqual(secrets.slice(0, MAX_PROBED_SECRETS));
  expect(finalStatus(makeTest(), outcome(), undefined).sink).not.toHaveProperty("secrets");
});

it("the status of a first run has generation -1 until there is a verdict", () => {
  const progress = { reason: "Probing", attempts: 1, message: "m", startedAt: 0 } as const;
  const stamp = { now: 1_000, requestedBy: undefined };
  expect(progressStatus(makeTest(), progress, stamp).observedGeneration).toBe(-1);
});

describe("a status for the CRD of another installer", () => {
  it("has the nearest cause that it knows, and nothing of the exporter's limits", () => {
    const limitations = [limitation("First.")];
    const unproven = [{ need: "postgres:Privileges", why: "no answer", kind: "NotAnswered" }] as const;
    const status = plainStatus(
      finalStatus(makeTest(), outcome({ failure, limitations }, { unproven }), "jane"),
    );
    expect(status.probe?.cause).toBe("InvalidConfiguration");
    expect(Object.keys(status.probe ?? {}).sort()).toEqual(["cause", "endpoint", "phases"]);
    expect(types(status.conditions)).toEqual(["ConnectionVerified", "Ready", "Finished", "Stalled"]);
    expect(status.requestedBy).toBe("jane");
  });

  it("keeps every other cause, and a status without conditions or probe", () => {
    const other = failed("ConnectionRefused", "Nothing listens.").failure;
    expect(plainStatus(finalStatus(makeTest(), outcome({ failure: other }), "jane")).probe?.cause).toBe(
      "ConnectionRefused",
    );
    expect(plainStatus({ completed: false })).toEqual({ completed: false });
  });

  it("has the page's two conditions, and no negative generation", () => {
    const status = finalStatus(makeTest(), outcome({ failure }), "jane");
    expect(types(pageStatus(status).conditions)).toEqual(["ConnectionVerified", "Ready"]);
    expect(pageStatus(status).observedGeneration).toBe(1);
    expect(pageStatus({ completed: false, observedGeneration: -1 })).toEqual({ completed: false });
  });
});

it("a sink shows its connection alone, with its own generation and time", () => {
  const metadata = { namespace: "shop", name: "orders", uid: "s-1", generation: 4, resourceVersion: "9" };
  const sink: Sink = {
    ...{ apiVersion: "kollect.dev/v1alpha1", kind: "KollectDatabaseSink", metadata },
    spec: { type: "postgres" },
  };
  const found = sinkConditions(sink, outcome({}, { insecure: "PlainText" }));
  expect(types(found)).toEqual(["ConnectionVerified", "TLSInsecure"]);
  expect(found[0]).toMatchObject({ observedGeneration: 4, lastTransitionTime: "1970-01-01T00:00:01Z" });
});
