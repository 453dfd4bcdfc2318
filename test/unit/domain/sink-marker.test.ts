import { describe, expect, it } from "vitest";
import type { Condition, Sink } from "../../../capabilities/api/types";
import { markedConditions, SINK_MARKER, sinkInterruptions } from "../../../capabilities/domain/sinks/marker";

const NOW = Date.parse("2026-03-01T12:00:00Z");

function sink(conditions?: Condition[], generation = 1): Sink {
  return {
    kind: "KollectDatabaseSink",
    metadata: { name: "orders", namespace: "shop", uid: "u", generation },
    spec: { type: "postgres" },
    ...(conditions ? { status: { conditions } } : {}),
  } as unknown as Sink;
}

describe("the marker of a sink's own probe", () => {
  it("counts one interruption for each process that ended", () => {
    let current = sink();
    const counts = [0, 1, 2, 3].map(() => {
      const count = sinkInterruptions(current);
      current = sink(markedConditions(current, count, NOW));
      return count;
    });
    expect(counts).toEqual([0, 1, 2, 3]);
  });

  it("tells nothing of another generation, or once a verdict has replaced it", () => {
    const marked = markedConditions(sink(), 1, NOW);
    expect(sinkInterruptions(sink(marked, 2))).toBe(0);
    expect(sinkInterruptions(sink(marked.filter(({ type }) => type !== SINK_MARKER)))).toBe(0);
  });

  it("stands beside the verdict before it, which a server-side apply would remove otherwise", () => {
    const verdict: Condition = {
      ...{ type: "ConnectionVerified", status: "True", reason: "ConnectionOK", message: "It works." },
      lastTransitionTime: "2026-03-01T11:00:00Z",
    };
    const foreign = { ...verdict, type: "Ready" };
    const conditions = markedConditions(sink([verdict, foreign]), 0, NOW);
    expect(conditions.map(({ type }) => type)).toEqual(["ConnectionVerified", SINK_MARKER]);
    expect(conditions[0]).toEqual(verdict);
  });
});
