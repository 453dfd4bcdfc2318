import { describe, expect, it } from "vitest";
import { failed } from "../../../capabilities/domain/failure";
import type { Outcome, Progress } from "../../../capabilities/domain/outcome";
import { finalStatus, pageStatus, progressStatus, timestamp } from "../../../capabilities/domain/status";
import { makeTest } from "../../fixtures/make-test";

const STARTED = Date.parse("2026-03-01T12:00:00.400Z");
const COMPLETED = Date.parse("2026-03-01T12:00:01.900Z");

const success: Outcome = {
  probeId: "p-1",
  startedAt: STARTED,
  completedAt: COMPLETED,
  attempts: 1,
  waitedMs: 0,
  sharedBy: 3,
  sink: { kind: "KollectDatabaseSink", name: "orders", uid: "s-1", generation: 4, type: "postgres" },
  secrets: [],
  report: {
    endpoint: "db.shop:5432",
    serverVersion: "18.4",
    tls: { version: "TLSv1.3", issuer: "CN=shop" },
    latencyMs: 21,
    phases: [
      { name: "Connect", result: "Passed", latencyMs: 1 },
      { name: "Authorize", result: "Skipped", why: "not permitted to ask" },
    ],
  },
};
const { failure } = failed("AuthenticationFailed", "PostgreSQL refused the password. Check the key dsn.");
const failure_ = { ...success, failure, report: { ...success.report!, failure } } satisfies Outcome;

function condition(status: ReturnType<typeof finalStatus>, type: string) {
  return status.conditions?.find((each) => each.type === type);
}

describe("finalStatus", () => {
  it("reports a success in every field of the contract", () => {
    const status = finalStatus(makeTest({ metadata: { generation: 7 } }), success, "jane");
    expect(status).toMatchObject({
      completed: true,
      completedAt: "2026-03-01T12:00:01Z",
      startedAt: "2026-03-01T12:00:00Z",
      latencyMs: 21,
      observedGeneration: 7,
      requestedBy: "jane",
      attempts: 1,
      probeId: "p-1",
      sharedBy: 3,
      sink: success.sink,
      probe: { endpoint: "db.shop:5432", serverVersion: "18.4", tls: { version: "TLSv1.3" } },
    });
    expect(status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ["ConnectionVerified", "True", "ConnectionOK"],
      ["Ready", "True", "ProbeSucceeded"],
      ["Finished", "True", "Completed"],
    ]);
    expect(status.conditions?.every(({ observedGeneration }) => observedGeneration === 7)).toBe(true);
  });

  it("says in the message what was skipped and why", () => {
    const status = finalStatus(makeTest(), success, undefined);
    expect(condition(status, "ConnectionVerified")?.message).toBe(
      "PostgreSQL at db.shop:5432 passed Connect. Authorize was skipped: not permitted to ask.",
    );
  });

  it("reports a failure as final: Finished and Stalled are True, the cause is in probe", () => {
    const status = finalStatus(makeTest(), failure_, undefined);
    expect(status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ["ConnectionVerified", "False", "ConnectionTestFailed"],
      ["Ready", "False", "ConnectionTestFailed"],
      ["Finished", "True", "Completed"],
      ["Stalled", "True", "ConnectionTestFailed"],
    ]);
    expect(status.probe?.cause).toBe("AuthenticationFailed");
  });

  it("has no latency and no probe when nothing was dialled", () => {
    const status = finalStatus(
      makeTest(),
      {
        ...success,
        report: undefined,
        sink: undefined,
        failure: { reason: "SinkNotFound", message: "There is none." },
      } as unknown as Outcome,
      undefined,
    );
    expect(status).not.toHaveProperty("latencyMs");
    expect(status).not.toHaveProperty("probe");
    expect(status).not.toHaveProperty("sink");
    expect(status).not.toHaveProperty("requestedBy");
  });

  it.each(["VerificationSkipped", "PlainText"] as const)("shows TLSInsecure because of %s", (insecure) => {
    const status = finalStatus(
      makeTest(),
      { ...success, report: { ...success.report!, insecure } },
      undefined,
    );
    expect(condition(status, "TLSInsecure")).toMatchObject({ status: "True", reason: insecure });
  });

  it("moves lastTransitionTime only when a condition's status moves", () => {
    const earlier = "2026-02-01T00:00:00Z";
    const previous = [
      {
        type: "ConnectionVerified",
        status: "True",
        reason: "ConnectionOK",
        message: "old",
        lastTransitionTime: earlier,
      },
      {
        type: "Ready",
        status: "False",
        reason: "ConnectionTestFailed",
        message: "old",
        lastTransitionTime: earlier,
      },
    ] as const;
    const status = finalStatus(makeTest({ status: { conditions: [...previous] } }), success, undefined);
    expect(condition(status, "ConnectionVerified")?.lastTransitionTime).toBe(earlier);
    expect(condition(status, "Ready")?.lastTransitionTime).toBe("2026-03-01T12:00:01Z");
  });
});

describe("progressStatus", () => {
  const stamp = { now: COMPLETED, requestedBy: "jane" };
  const notFound = { reason: "SinkNotFound", message: "There is none." } as const;
  const cases: [string, Progress, string, string][] = [
    [
      "a running probe",
      { reason: "Probing", attempts: 1, message: "m", startedAt: STARTED },
      "Probing",
      "Probing",
    ],
    [
      "waiting for a sink",
      { reason: "WaitingForSink", attempts: 0, message: "m", failure: notFound },
      "SinkNotFound",
      "WaitingForSink",
    ],
    [
      "waiting for a Secret",
      {
        reason: "WaitingForSecret",
        attempts: 0,
        message: "m",
        failure: failed("SecretNotFound", "m").failure,
      },
      "SecretResolveFailed",
      "WaitingForSecret",
    ],
    ["backoff", { reason: "RetryBackoff", attempts: 1, message: "m", failure }, "Probing", "RetryBackoff"],
  ];
  it.each(cases)("shows %s as Unknown, never as a result", (_name, progress, verified, reconciling) => {
    const status = progressStatus(makeTest(), progress, stamp);
    expect(status.completed).toBe(false);
    expect(status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ["ConnectionVerified", "Unknown", verified],
      ["Ready", "Unknown", verified],
      ["Finished", "False", reconciling],
      ["Reconciling", "True", reconciling],
    ]);
  });

  it("clears the old result and leaves observedGeneration at the last verdict", () => {
    const old = finalStatus(makeTest(), success, "bob");
    const status = progressStatus(
      makeTest({ metadata: { generation: 2 }, status: old }),
      { reason: "Probing", attempts: 0, message: "m" },
      stamp,
    );
    expect(status).toEqual({
      completed: false,
      observedGeneration: 1,
      conditions: expect.any(Array),
      requestedBy: "jane",
      attempts: 0,
    });
    expect(status.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([2, 2, 2, 2]);
  });
});

it("pageStatus keeps only what every CRD of this kind knows", () => {
  expect(Object.keys(pageStatus(finalStatus(makeTest(), failure_, "jane"))).sort()).toEqual([
    "completed",
    "completedAt",
    "conditions",
    "latencyMs",
    "observedGeneration",
  ]);
});

it("timestamp gives whole seconds in UTC", () => {
  expect(timestamp(Date.parse("2026-03-01T12:00:01.999+02:00"))).toBe("2026-03-01T10:00:01Z");
});
