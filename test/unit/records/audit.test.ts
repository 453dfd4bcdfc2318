import { describe, expect, it } from "vitest";
import type { Outcome, Verdict } from "../../../capabilities/domain/outcome";
import { auditRecord, createAudit, sinkAuditRecord } from "../../../capabilities/records/audit";
import { makeTest } from "../../fixtures/make-test";

/** A run that found no sink. */
const NOTHING_FOUND: Outcome = {
  probeId: "p1",
  startedAt: 0,
  completedAt: 10_000,
  attempts: 0,
  waitedMs: 0,
  sharedBy: 1,
  secrets: [],
};

const OUTCOME: Outcome = {
  probeId: "p1",
  startedAt: Date.parse("2026-01-02T03:04:05.678Z"),
  completedAt: Date.parse("2026-01-02T03:04:06Z"),
  attempts: 2,
  waitedMs: 0,
  sharedBy: 3,
  sink: { kind: "KollectDatabaseSink", name: "orders", uid: "sink-1", generation: 4, type: "postgres" },
  secrets: [{ namespace: "shop", name: "pg-dsn", resourceVersion: "77" }],
  report: {
    endpoint: "db.shop:5432",
    latencyMs: 120,
    phases: [
      { name: "Resolve", result: "Passed", latencyMs: 2 },
      { name: "TLS", result: "Skipped", why: "not asked for" },
    ],
  },
};

function verdict(change: Partial<Verdict> = {}): Verdict {
  const target = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
  const asked = { test: makeTest(), target, ownerSink: true, requestedBy: "alice" };
  return { ...asked, outcome: OUTCOME, waitedMs: 12.6, ...change };
}

describe("auditRecord", () => {
  it("names who asked, what was probed with which versions, and how it ended", () => {
    expect(auditRecord(verdict())).toEqual({
      audit: true,
      event: "connection-test",
      trigger: "ConnectionTest",
      requestedBy: "alice",
      test: {
        apiVersion: "kollect.dev/v1alpha1",
        kind: "KollectConnectionTest",
        namespace: "shop",
        name: "probe",
        uid: "uid-1",
        generation: 1,
      },
      sink: {
        kind: "KollectDatabaseSink",
        namespace: "shop",
        name: "orders",
        uid: "sink-1",
        generation: 4,
        type: "postgres",
      },
      secrets: [{ namespace: "shop", name: "pg-dsn", resourceVersion: "77" }],
      outcome: "Completed",
      verdict: "True",
      reason: "ConnectionOK",
      cause: null,
      endpoint: "db.shop:5432",
      tlsInsecure: null,
      probeId: "p1",
      sharedBy: 3,
      attempts: 2,
      startedAt: "2026-01-02T03:04:05.678Z",
      completedAt: "2026-01-02T03:04:06.000Z",
      waitedMs: 13,
      latencyMs: 120,
      unproven: [],
      phases: [
        { name: "Resolve", result: "Passed", latencyMs: 2 },
        { name: "TLS", result: "Skipped", latencyMs: null },
      ],
      limitations: [],
    });
  });

  it("names what is unproven and what the exporter does differently, without their sentences", () => {
    const unproven = [{ need: "s3:PutObject", kind: "NotAnswered", why: "secret words" }] as const;
    const limitations = [{ id: "RegionIgnored", effect: "fails", message: "secret words" }] as const;
    const report = { latencyMs: 1, phases: [], unproven };
    const record = auditRecord(verdict({ outcome: { ...OUTCOME, report, limitations } }));
    expect(record).toMatchObject({
      unproven: [{ need: "s3:PutObject", kind: "NotAnswered" }],
      limitations: [{ id: "RegionIgnored", effect: "fails" }],
    });
    expect(JSON.stringify(record)).not.toContain("secret words");
  });

  it("has reason and cause of a failure, and not its message", () => {
    const failure = {
      reason: "ConnectionTestFailed",
      cause: "TimedOut",
      message: "PostgreSQL was silent",
    } as const;
    const record = auditRecord(verdict({ outcome: { ...OUTCOME, failure } }));
    expect(record).toMatchObject({ verdict: "False", reason: "ConnectionTestFailed", cause: "TimedOut" });
    expect(JSON.stringify(record)).not.toContain("silent");
  });

  it("names the sink that was meant when there is none, and has the same members then", () => {
    const failure = { reason: "SinkNotFound", message: "There is no sink" } as const;
    const record = auditRecord(verdict({ outcome: { ...NOTHING_FOUND, failure }, requestedBy: undefined }));
    expect(record).toMatchObject({
      requestedBy: null,
      sink: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" },
      endpoint: null,
      latencyMs: null,
      phases: [],
    });
    expect(Object.keys(record)).toEqual(Object.keys(auditRecord(verdict())));
  });

  it("has no sink for a reference that names none", () => {
    const failure = { reason: "InvalidSinkRef", message: "x" } as const;
    const record = auditRecord(verdict({ target: undefined, outcome: { ...NOTHING_FOUND, failure } }));
    expect(record).toMatchObject({ sink: null });
  });

  it.each([
    ["kollect:hunter2@db.shop:5432", "db.shop:5432"],
    ["a@b:hunter2@db.shop:5432?password=hunter2", "db.shop:5432"],
    ["host/bucket?token=hunter2#hunter2", "host/bucket"],
  ])("cuts userinfo and query off an endpoint %s", (endpoint, expected) => {
    const outcome = { ...OUTCOME, report: { latencyMs: 1, phases: [], endpoint } };
    const record = auditRecord(verdict({ outcome }));
    expect(record).toMatchObject({ endpoint: expected });
    expect(JSON.stringify(record)).not.toContain("hunter2");
  });

  it("takes nothing from a Secret but its name and version, whatever else is handed in", () => {
    const secret = {
      namespace: "shop",
      name: "pg-dsn",
      resourceVersion: "77",
      data: new Map([["dsn", "hunter2"]]),
    };
    const record = auditRecord(verdict({ outcome: { ...OUTCOME, secrets: [secret] } }));
    expect(record).toMatchObject({ secrets: [{ namespace: "shop", name: "pg-dsn", resourceVersion: "77" }] });
    expect(Object.keys((record as { secrets: object[] }).secrets[0] ?? {})).toHaveLength(3);
  });

  it("says of a run without a verdict why it ended, with the same members", () => {
    const report = { endpoint: "db.shop:5432", phases: [], latencyMs: 0 };
    const record = auditRecord(verdict({ outcome: { ...OUTCOME, report } }), "TestDeleted");
    expect(record).toMatchObject({
      ...{ outcome: "Aborted", verdict: null, reason: "TestDeleted", cause: null, latencyMs: null },
      ...{ requestedBy: "alice", endpoint: "db.shop:5432" },
      secrets: [{ namespace: "shop", name: "pg-dsn", resourceVersion: "77" }],
    });
    expect(Object.keys(record)).toEqual(Object.keys(auditRecord(verdict())));
  });

  it.each([
    ["annotation", undefined, { trigger: "SinkAnnotation", outcome: "Completed", verdict: "True" }],
    ["generation", "SinkDeleted", { trigger: "SinkSpec", outcome: "Aborted", reason: "SinkDeleted" }],
  ] as const)("has the same members for a sink's own probe: %s", (because, aborted, expected) => {
    const { target } = verdict();
    if (!target) throw new Error("the target is missing");
    const probe = { target, because, outcome: OUTCOME, ...(aborted ? { aborted } : {}) };
    const record = sinkAuditRecord(probe);
    expect(record).toMatchObject({ ...expected, requestedBy: null, test: null, endpoint: "db.shop:5432" });
    expect(Object.keys(record)).toEqual(Object.keys(auditRecord(verdict())));
  });

  it("bounds what users write", () => {
    expect(JSON.stringify(auditRecord(verdict({ requestedBy: "x".repeat(100_000) }))).length).toBeLessThan(
      3_000,
    );
  });
});

describe("createAudit", () => {
  it("writes one line of level info for a verdict", () => {
    const lines: [object, string][] = [];
    createAudit({ info: (fields, message) => void lines.push([fields, message]) }).verdict(verdict());
    expect(lines).toEqual([[auditRecord(verdict()), "connection test finished"]]);
  });
});
