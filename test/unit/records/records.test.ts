import { describe, expect, it } from "vitest";
import type { Failure } from "../../../capabilities/domain/failure";
import type { AbortedRun, Outcome, SinkProbe, Verdict } from "../../../capabilities/domain/outcome";
import type { EventDraft } from "../../../capabilities/domain/ports";
import { finalMessage } from "../../../capabilities/domain/status";
import { Records, type RecordsDependencies } from "../../../capabilities/records/records";
import { makeTest } from "../../fixtures/make-test";

const SINK = { kind: "KollectDatabaseSink", name: "orders", uid: "s-1" } as const;
const TEST = {
  apiVersion: "kollect.dev/v1alpha1",
  kind: "KollectConnectionTest",
  namespace: "shop",
  name: "probe",
  uid: "uid-1",
};
const REFUSED: Failure = {
  reason: "ConnectionTestFailed",
  cause: "ConnectionRefused",
  message: "Nothing listens.",
};
const MISSING: Failure = { reason: "SinkNotFound", message: "There is no such sink." };

function outcome(change: Partial<Outcome> = {}): Outcome {
  const counts = { startedAt: 0, completedAt: 10, attempts: 1, waitedMs: 0, sharedBy: 1 };
  return { probeId: "p", ...counts, secrets: [], sink: SINK, ...change };
}

function verdict(found: Outcome, ownerSink = true): Verdict {
  const target = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
  return { test: makeTest(), target, ownerSink, requestedBy: "alice", outcome: found, waitedMs: 5 };
}

/** Records whose parts write down what they are told, as `[part, what]`. */
function recording(withEvents = true): { records: Records; told: [string, unknown][]; events: EventDraft[] } {
  const told: [string, unknown][] = [];
  const events: EventDraft[] = [];
  const part =
    (name: string) =>
    (...what: unknown[]): void =>
      void told.push([name, what.length === 1 ? what[0] : what]);
  const dependencies = {
    audit: { verdict: part("audit"), aborted: part("aborted"), sinkProbe: part("sink probe") },
    events: withEvents ? { record: (event: EventDraft) => void events.push(event) } : undefined,
    metrics: { verdict: part("metrics"), probe: part("probe metrics") },
    keepOwner: (kept: Verdict) => {
      part("owner")(kept);
      return Promise.resolve();
    },
  };
  return { records: new Records(dependencies as unknown as RecordsDependencies), told, events };
}

describe("a verdict", () => {
  it("goes to audit, metrics and owner, and to one Event on the test", () => {
    const { records, told, events } = recording();
    const found = verdict(outcome());
    records.verdict(found);
    expect(told).toEqual([
      ["audit", found],
      ["metrics", found],
      ["owner", found],
    ]);
    const note = finalMessage(found.outcome);
    expect(events).toEqual([
      { type: "Normal", action: "Probe", reason: "ConnectionOK", note, regarding: TEST },
    ]);
  });

  it("that is False gives a Warning with its reason", () => {
    const { records, events } = recording();
    const failed = outcome({ failure: REFUSED });
    records.verdict(verdict(failed));
    const note = finalMessage(failed);
    const reason = "ConnectionTestFailed";
    expect(events).toEqual([{ type: "Warning", action: "Probe", reason, note, regarding: TEST }]);
  });

  it("with limitations gives one more, with all of their messages", () => {
    const { records, events } = recording();
    const limitations = ["First.", "Second."].map(
      (message) => ({ id: "TLSSettingsIgnored", effect: "ignored", message }) as const,
    );
    records.verdict(verdict(outcome({ limitations })));
    expect(events.slice(1)).toEqual([
      {
        type: "Warning",
        action: "Probe",
        reason: "ExporterLimited",
        note: "First. Second.",
        regarding: TEST,
      },
    ]);
  });

  const owners: [string, Outcome, boolean, string[]][] = [
    [
      "whose sink is missing, and should be its owner",
      outcome({ sink: undefined, failure: MISSING }),
      true,
      ["OwnerNotSet"],
    ],
    [
      "whose sink is missing, without a wanted owner",
      outcome({ sink: undefined, failure: MISSING }),
      false,
      [],
    ],
    ["that found no sink for another reason", outcome({ sink: undefined, failure: REFUSED }), true, []],
    ["of a sink that has gone since", outcome({ failure: MISSING }), true, []],
    ["without a failure", outcome({ sink: undefined }), true, []],
  ];
  it.each(owners)("%s: Events %#", (_which, found, ownerSink, expected) => {
    const { records, events } = recording();
    records.verdict(verdict(found, ownerSink));
    expect(events.slice(1).map(({ reason }) => reason)).toEqual(expected);
  });

  it("says why a test has no owner", () => {
    const { records, events } = recording();
    records.verdict(verdict(outcome({ sink: undefined, failure: MISSING })));
    expect(events[1]).toEqual({
      type: "Warning",
      action: "SetOwner",
      reason: "OwnerNotSet",
      note: "The test has no owner because its sink does not exist. There is no such sink.",
      regarding: TEST,
    });
  });

  it("is recorded without Events where they are switched off", () => {
    const { records, told } = recording(false);
    const limitations = [{ id: "TLSSettingsIgnored", effect: "ignored", message: "First." } as const];
    const found = verdict(outcome({ sink: undefined, failure: MISSING, limitations }));
    records.verdict(found);
    records.paused(found.test, "It waits.");
    records.probe("shop", outcome({ failure: REFUSED }));
    expect(told.map(([part]) => part)).toEqual(["audit", "metrics", "owner", "probe metrics"]);
  });
});

it("a test that waits after interruptions has a Warning", () => {
  const { records, events } = recording();
  records.paused(makeTest(), "It waits for 30 s.");
  expect(events).toEqual([
    { type: "Warning", action: "Probe", reason: "Interrupted", note: "It waits for 30 s.", regarding: TEST },
  ]);
});

it("runs without a verdict and sinks' own probes are audited", () => {
  const { records, told } = recording();
  const run = { why: "TestDeleted" } as unknown as AbortedRun;
  const probe = { trigger: "SinkSpec" } as unknown as SinkProbe;
  records.aborted(run);
  records.sinkProbe(probe);
  records.sinkVerdict(outcome());
  expect(told).toEqual([
    ["aborted", run],
    ["sink probe", probe],
    ["metrics", { outcome: outcome(), waitedMs: 0 }],
  ]);
});

describe("a probe", () => {
  const WORKS = outcome();
  const FAILS = outcome({ failure: REFUSED });

  /** Reasons of the Events on the sink after probes with these outcomes. */
  function reasons(...outcomes: readonly Outcome[]): string[] {
    const { records, events } = recording();
    for (const each of outcomes) records.probe("shop", each);
    return events.map(({ reason }) => reason);
  }

  it("always goes to the metrics", () => {
    const { records, told } = recording();
    records.probe("shop", WORKS);
    expect(told).toEqual([["probe metrics", ["shop", WORKS]]]);
  });

  it.each([
    ["nothing while the sink works", [WORKS, WORKS], []],
    ["each failure", [FAILS, FAILS], ["ConnectionTestFailed", "ConnectionTestFailed"]],
    [
      "the first success after it, and no other",
      [FAILS, WORKS, WORKS],
      ["ConnectionTestFailed", "ConnectionOK"],
    ],
    ["a failure after a success", [WORKS, FAILS], ["ConnectionTestFailed"]],
  ])("tells the sink of %s", (_what, outcomes, expected) => {
    expect(reasons(...outcomes)).toEqual(expected);
  });

  it("has its Event on the sink", () => {
    const { records, events } = recording();
    records.probe("shop", FAILS);
    const regarding = { apiVersion: "kollect.dev/v1alpha1", namespace: "shop", ...SINK };
    expect(events).toEqual([
      {
        type: "Warning",
        action: "Probe",
        reason: "ConnectionTestFailed",
        note: finalMessage(FAILS),
        regarding,
      },
    ]);
  });

  it("without a sink, or with one of unknown uid, has none", () => {
    const unknown = { kind: SINK.kind, name: SINK.name };
    expect(
      reasons(outcome({ sink: undefined, failure: MISSING }), outcome({ sink: unknown, failure: REFUSED })),
    ).toEqual([]);
  });
});
