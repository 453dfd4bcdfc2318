import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Condition, Sink } from "../../../capabilities/api/types";
import { SINK_MARKER } from "../../../capabilities/domain/sinks/marker";
import { systemClock } from "../../../capabilities/lib/clock";
import { SinkRuns } from "../../../capabilities/scheduler/sink-runs";
import { memoryLog } from "../kube/http/peer";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const MINUTE = 60_000;

/** A sink that asks for a probe, and what processes of the operator wrote to it. */
class World {
  conditions: Condition[] = [];
  dials = 0;
  life = 0;

  sink(generation = 1): Sink {
    return {
      kind: "KollectDatabaseSink",
      metadata: { name: "orders", namespace: "shop", uid: "u", generation },
      spec: { type: "postgres", connectionTest: true },
      status: { conditions: this.conditions },
    } as unknown as Sink;
  }

  /** A new process, which ends in the middle of the probe: what it does later has no effect. */
  start(answer: "ends" | "reaches a verdict", sink = this.sink()): void {
    const life = (this.life += 1);
    const runs = new SinkRuns({
      cluster: {
        getSink: () => Promise.resolve(sink),
        applySinkConditions: (_target, conditions) => {
          if (life === this.life) this.conditions = [...conditions];
          return Promise.resolve("written");
        },
        removeSinkAnnotation: () => Promise.resolve("written"),
      },
      clock: systemClock(),
      log: memoryLog(),
      probes: {
        join: (_request, participant) => {
          if (life === this.life) this.dials += 1;
          participant.progress({ reason: "Probing", attempts: 1, message: "Attempt 1 is running." });
          if (answer === "ends") return new Promise(() => undefined);
          const now = Date.now();
          return Promise.resolve({
            ...{ probeId: "p", startedAt: now, completedAt: now, attempts: 1, waitedMs: 0, sharedBy: 1 },
            sink: { kind: "KollectDatabaseSink", name: "orders", uid: "u", generation: 1, type: "postgres" },
            secrets: [],
          });
        },
      },
      minIntervalMs: 0,
      maxTimeoutSeconds: 300,
      onVerdict: () => undefined,
      onProbe: () => undefined,
    });
    runs.observe(sink);
  }
}

it("a sink whose probe ended the process twice is not probed a third time without a pause", async () => {
  const world = new World();
  for (const dials of [1, 2]) {
    world.start("ends");
    await vi.advanceTimersByTimeAsync(1000);
    expect(world.dials).toBe(dials);
  }
  world.start("ends");
  await vi.advanceTimersByTimeAsync(MINUTE / 2);
  expect(world.dials).toBe(2);
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(world.dials).toBe(3);
});

it("a sink that was changed is probed at once", async () => {
  const world = new World();
  for (let count = 0; count < 2; count += 1) {
    world.start("ends");
    await vi.advanceTimersByTimeAsync(1000);
  }
  world.start("ends", world.sink(2));
  await vi.advanceTimersByTimeAsync(1000);
  expect(world.dials).toBe(3);
});

it("a verdict comes after the marker and removes it", async () => {
  const world = new World();
  world.start("reaches a verdict");
  await vi.advanceTimersByTimeAsync(1000);
  const types = world.conditions.map(({ type }) => type);
  expect(types).toContain("ConnectionVerified");
  expect(types).not.toContain(SINK_MARKER);
});
