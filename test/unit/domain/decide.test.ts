import { describe, expect, it } from "vitest";
import { decide, type Decision } from "../../../capabilities/domain/decide";
import { makeTest, type TestOverrides } from "../../fixtures/make-test";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const MAX_TIMEOUT = 60;
const finished = { completed: true, observedGeneration: 1, completedAt: "2026-03-01T11:59:00Z" };
const at = (seconds: number): Decision => ({
  do: "expire",
  at: Date.parse(finished.completedAt) + seconds * 1000,
});

const target = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" };
const defaults = { ownerSink: true, ttlSecondsAfterFinished: 300, timeoutSeconds: 15, retryLimit: 0 };

describe("decide", () => {
  const cases: [string, TestOverrides, Partial<Decision>][] = [
    [
      "probes a new test with the defaults of the spec",
      {},
      { do: "probe", target, spec: defaults, rerun: false } as Decision,
    ],
    [
      "probes a test whose status only says that it waits",
      { status: { observedGeneration: -1 } },
      { do: "probe", rerun: false },
    ],
    [
      "probes again when the spec changed after a verdict",
      { metadata: { generation: 2 }, status: finished },
      { do: "probe", rerun: true },
    ],
    [
      "takes up a re-run that a crash interrupted, without calling it one again",
      { metadata: { generation: 2 }, status: { completed: false, observedGeneration: 1 } },
      { do: "probe", rerun: false },
    ],
    ["expires a finished test at completedAt + the default TTL", { status: finished }, at(300)],
    ["expires by its own TTL", { spec: { ttlSecondsAfterFinished: 5 }, status: finished }, at(5)],
    ["expires at once with TTL 0", { spec: { ttlSecondsAfterFinished: 0 }, status: finished }, at(0)],
    [
      "counts the TTL from now when completedAt cannot be read",
      { status: { ...finished, completedAt: "soon" } },
      { do: "expire", at: NOW + 300_000 },
    ],
    [
      "keeps a finished test that is annotated to be retained",
      { metadata: { annotations: { "kollect.dev/retain": "true" } }, status: finished },
      { do: "retain" },
    ],
    [
      "probes a retained test that has no verdict yet",
      { metadata: { annotations: { "kollect.dev/retain": "true" } } },
      { do: "probe" },
    ],
    [
      "leaves a test that is being deleted",
      { metadata: { deletionTimestamp: "2026-03-01T12:00:00Z" } },
      { do: "leave" },
    ],
    ["rejects a test that names no sink", { spec: { sinkRef: {} } }, { do: "reject", rerun: false }],
    [
      "rejects a test that names two sinks",
      { spec: { sinkRef: { databaseSinkRef: "a", eventSinkRef: "b" } } },
      { do: "reject" },
    ],
    [
      "rejects a name that climbs paths",
      { spec: { sinkRef: { databaseSinkRef: "../../x" } } },
      { do: "reject" },
    ],
    ["rejects an empty name", { spec: { sinkRef: { databaseSinkRef: "" } } }, { do: "reject" }],
    [
      "clamps what another installer's CRD let through",
      { spec: { timeoutSeconds: 9999, retryLimit: -3, ttlSecondsAfterFinished: -1 } },
      {
        do: "probe",
        spec: { ...defaults, timeoutSeconds: MAX_TIMEOUT, retryLimit: 0, ttlSecondsAfterFinished: 0 },
      } as Decision,
    ],
  ];

  it.each(cases)("%s", (_name, overrides, expected) => {
    expect(decide(makeTest(overrides), MAX_TIMEOUT, NOW)).toMatchObject(expected);
  });

  it("says which sinks were named when there is more than one", () => {
    const decision = decide(
      makeTest({ spec: { sinkRef: { snapshotSinkRef: "a", eventSinkRef: "b" } } }),
      MAX_TIMEOUT,
      NOW,
    );
    expect(decision).toMatchObject({
      failure: {
        reason: "InvalidSinkRef",
        message:
          "spec.sinkRef sets snapshotSinkRef and eventSinkRef. Keep exactly one of snapshotSinkRef, databaseSinkRef, eventSinkRef.",
      },
    });
  });

  it("decides the same for a label edit as before it", () => {
    const before = makeTest({ status: finished });
    const after = makeTest({ metadata: { labels: { team: "a" }, resourceVersion: "11" }, status: finished });
    expect(decide(after, MAX_TIMEOUT, NOW)).toEqual(decide(before, MAX_TIMEOUT, NOW));
  });

  it("probes an object without a spec as a rejected one instead of throwing", () => {
    const bare = { ...makeTest(), spec: undefined } as unknown as ReturnType<typeof makeTest>;
    expect(decide(bare, MAX_TIMEOUT, NOW)).toMatchObject({ do: "reject" });
  });
});
