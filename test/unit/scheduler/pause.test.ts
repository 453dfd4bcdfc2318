import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../capabilities/api/types";
import { loadConfig } from "../../../capabilities/config/options";
import type { EndedAttempt } from "../../../capabilities/domain/outcome";
import type { Cluster, EventDraft } from "../../../capabilities/domain/ports";
import { systemClock, type AlarmClock } from "../../../capabilities/lib/clock";
import { createOperator } from "../../../capabilities/operator";
import type { Probe } from "../../../capabilities/probes/probe";
import { Metrics } from "../../../capabilities/records/metrics";
import { makeTest } from "../../fixtures/make-test";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const log = { debug() {}, info() {}, warn() {}, error() {} };
const metadata = { name: "orders", namespace: "shop", uid: "sink", generation: 1 };
const SINK = { kind: "KollectDatabaseSink", metadata, spec: { type: "postgres" } } as Sink;
const PROBE: Partial<Probe> = { references: () => [], plan: () => ({ endpoint: "db.shop:5432" }) };
const ENDED: EndedAttempt = {
  report: { endpoint: "db.shop:5432", phases: [], latencyMs: 1 },
  closed: Promise.resolve(),
};

/** One test, its stored status, and how often its sink was dialled. */
class World {
  status: ConnectionTestStatus | undefined;
  dials = 0;
  writes = 0;
  readonly events: EventDraft[] = [];
  #lives = 0;

  test(): KollectConnectionTest {
    return makeTest(this.status ? { status: this.status } : {});
  }

  /** A new process, which sees the test. It ends by being forgotten, as one that is killed. */
  start(attempt: () => Promise<EndedAttempt>): void {
    const life = (this.#lives += 1);
    const { config, cloud } = loadConfig({});
    const cluster: Partial<Cluster> = {
      getSink: () => Promise.resolve(SINK),
      writeStatus: (_ref, status) => {
        if (life !== this.#lives) return new Promise(() => undefined);
        this.status = status;
        this.writes += 1;
        return Promise.resolve("written");
      },
      writeOwners: () => Promise.resolve("written"),
      createEvent: (event) => Promise.resolve(void this.events.push(event)),
    };
    const operator = createOperator({
      ...{ config, cloud, log },
      cluster: cluster as Cluster,
      clock: this.#clockOf(life),
      auditLog: log,
      metrics: new Metrics(),
      probeFor: () => PROBE as Probe,
      attempt: () => {
        this.dials += 1;
        return attempt();
      },
      dialled: (endpoint) => endpoint,
      admits: () => true,
    });
    operator.tests.shown(this.test());
  }

  /** No wait of a process that has ended is over. */
  #clockOf(life: number): AlarmClock {
    const clock = systemClock();
    const alive = async (): Promise<void> => {
      if (life !== this.#lives) await new Promise(() => undefined);
    };
    return {
      now: () => clock.now(),
      sleep: (ms, signal) => clock.sleep(ms, signal).then(alive),
      sleepUntil: (time, signal) => clock.sleepUntil(time, signal).then(alive),
    };
  }

  reason(): string | undefined {
    return this.status?.conditions?.find(({ type }) => type === "Finished")?.reason;
  }
}

const never = (): Promise<EndedAttempt> => new Promise(() => undefined);

it("pauses before the third probe of a test in whose probe two processes ended", async () => {
  const world = new World();
  for (const interruptions of [undefined, 1]) {
    world.start(never);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.status).toMatchObject({ attempts: 1, ...(interruptions ? { interruptions } : {}) });
    expect(world.reason()).toBe("Probing");
  }
  expect(world.dials).toBe(2);

  world.start(() => Promise.resolve(ENDED));
  await vi.advanceTimersByTimeAsync(25_000);
  expect(world.dials).toBe(2);
  expect(world.reason()).toBe("RetryBackoff");
  expect(world.status).toMatchObject({ completed: false, attempts: 0, interruptions: 2 });
  expect(world.status?.conditions?.[0]?.message).toMatch(
    /^The operator ended 2 times while it probed this sink, so the next attempt waits until 2026-03-01T12:0/,
  );
  expect(world.events.map(({ reason }) => reason)).toEqual(["Interrupted"]);

  // The pause goes on where a process was that ended in it.
  world.start(() => Promise.resolve(ENDED));
  await vi.advanceTimersByTimeAsync(90_000);
  expect(world.dials).toBe(3);
  expect(world.status).toMatchObject({ completed: true });
  expect(world.status).not.toHaveProperty("interruptions");
});

it("writes no more for a test that no process ended in", async () => {
  const world = new World();
  world.start(() => Promise.resolve(ENDED));
  await vi.advanceTimersByTimeAsync(1_000);
  expect({ writes: world.writes, dials: world.dials }).toEqual({ writes: 1, dials: 1 });
});
