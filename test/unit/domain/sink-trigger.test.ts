import { describe, expect, it } from "vitest";
import type { Condition, Sink } from "../../../capabilities/api/types";
import { decideSink, type Handled, type SinkDecision } from "../../../capabilities/domain/sinks/trigger";

const NOW = 1_000_000;
const MINUTE = 60_000;
const handled = (at: number, more: Partial<Handled> = {}): Handled => ({
  generation: 2,
  at,
  ignoring: false,
  ...more,
});

function sink({
  annotated = false,
  always = false,
  verified,
}: {
  annotated?: boolean;
  always?: boolean;
  verified?: number;
}): Sink {
  const condition = { type: "ConnectionVerified", observedGeneration: verified } as Condition;
  return {
    apiVersion: "kollect.dev/v1alpha1",
    kind: "KollectDatabaseSink",
    metadata: {
      name: "orders",
      namespace: "shop",
      uid: "s-1",
      generation: 2,
      ...(annotated ? { annotations: { "kollect.dev/test-connection": "true" } } : {}),
    },
    spec: { type: "postgres", connectionTest: always },
    ...(verified === undefined ? {} : { status: { conditions: [condition] } }),
  } as Sink;
}

const probe = (because: "annotation" | "generation"): SinkDecision => ({ do: "probe", because });
const nothing = (left?: Handled): SinkDecision => ({ do: "nothing", handled: left });

describe("decideSink", () => {
  const cases: [string, Sink, Handled | undefined, SinkDecision][] = [
    ["leaves a sink alone that asks for nothing", sink({}), undefined, nothing()],
    ["probes when the annotation is set", sink({ annotated: true }), undefined, probe("annotation")],
    [
      "probes a generation that connectionTest has not seen",
      sink({ always: true }),
      undefined,
      probe("generation"),
    ],
    [
      "probes when the condition is of an older generation",
      sink({ always: true, verified: 1 }),
      undefined,
      probe("generation"),
    ],
    [
      "does not probe a generation twice, not even after a restart",
      sink({ always: true, verified: 2 }),
      undefined,
      nothing(),
    ],
    [
      "ignores an annotation that is put back within the interval",
      sink({ annotated: true }),
      handled(NOW - MINUTE / 2),
      nothing(handled(NOW - MINUTE / 2, { ignoring: true })),
    ],
    [
      "goes on ignoring it when the interval is over",
      sink({ annotated: true }),
      handled(NOW - 5 * MINUTE, { ignoring: true }),
      nothing(handled(NOW - 5 * MINUTE, { ignoring: true })),
    ],
    [
      "hears a person who sets it again after the interval",
      sink({ annotated: true }),
      handled(NOW - 2 * MINUTE),
      probe("annotation"),
    ],
    [
      "stops ignoring once the annotation is gone",
      sink({}),
      handled(NOW - MINUTE / 2, { ignoring: true }),
      nothing(handled(NOW - MINUTE / 2)),
    ],
    [
      "probes at once when the generation moved",
      sink({ annotated: true }),
      handled(NOW - 1, { generation: 1, ignoring: true }),
      probe("annotation"),
    ],
  ];
  it.each(cases)("%s", (_name, object, before, expected) => {
    expect(decideSink(object, before, { now: NOW, minIntervalMs: MINUTE })).toEqual(expected);
  });

  it("leaves a sink alone that is being deleted", () => {
    const going = sink({ annotated: true, always: true });
    going.metadata.deletionTimestamp = "2026-03-01T12:00:00Z";
    expect(decideSink(going, undefined, { now: NOW, minIntervalMs: MINUTE })).toEqual({ do: "nothing" });
  });
});
