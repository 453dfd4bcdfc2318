import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ConnectionTestStatus, KollectConnectionTest, Sink } from "../../../capabilities/api/types";
import type { Interruption } from "../../../capabilities/domain/interruption";
import type { EndedAttempt, Progress } from "../../../capabilities/domain/outcome";
import type { Cluster, EventDraft } from "../../../capabilities/domain/ports";
import { systemClock, type AlarmClock } from "../../../capabilities/lib/clock";
import type { Probe } from "../../../capabilities/probes/probe";
import { pauseAfter, type PauseContext } from "../../../capabilities/scheduler/pause";
import { makeTest } from "../../fixtures/make-test";
import { operatorIn } from "./worlds/operator";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

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
    const cluster: Partial<Cluster> = {
      getSink: () => Promise.resolve(SINK),
      writeStatus: (_ref, status) => {
        if (life !== this.#lives) return new Promise(() => undefined);
        this.status = status;
        this.writes += 1;
        return Promise.resolve("written");
      },
      createEvent: (event) => Promise.resolve(void this.events.push(event)),
    };
    const operator = operatorIn({
      cluster,
      env: { KOLLECT_EVENTS: "true" },
      clock: this.#clockOf(life),
      probeFor: () => PROBE as Probe,
      attempt: () => {
        this.dials += 1;
        return attempt();
      },
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

const paused = (progress: Progress[], said: string[]): Omit<PauseContext, "signal"> => ({
  test: makeTest(),
  clock: systemClock(),
  writer: { progress: (each) => void progress.push(each) },
  onPaused: (_test, message) => void said.push(message),
});

it.each<[string, Interruption, number, number]>([
  ["no pause after one interruption", { count: 1 }, 0, 0],
  ["from 30 to 60 s after two", { count: 2 }, 30_000, 60_000],
  ["from 1 to 2 minutes after three", { count: 3 }, 60_000, 120_000],
  ["from 5 to 10 minutes after any number", { count: 900 }, 300_000, 600_000],
  ["the rest of a pause that began before", { count: 3, pausedSince: -59_000 }, 1_000, 61_000],
  ["no pause when it is over", { count: 2, pausedSince: -60_001 }, 0, 0],
  ["a full pause when it seems to begin later", { count: 2, pausedSince: 3_600_000 }, 30_000, 60_000],
])("waits: %s", async (_what, { count, pausedSince }, least, most) => {
  const now = Date.now();
  const progress: Progress[] = [];
  const said: string[] = [];
  const since = pausedSince === undefined ? {} : { pausedSince: now + pausedSince };
  let end = Infinity;
  const { signal } = new AbortController();
  void pauseAfter({ count, ...since }, { ...paused(progress, said), signal }).then(() => (end = Date.now()));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(end - now).toBeGreaterThanOrEqual(least);
  expect(end - now).toBeLessThanOrEqual(most);
  expect(said).toEqual(progress.map(({ message }) => message));
  const startedAt = now + Math.min(pausedSince ?? 0, 0);
  expect(progress).toMatchObject(least === 0 ? [] : [{ reason: "RetryBackoff", attempts: 0, startedAt }]);
  const until = `waits until ${new Date(end).toISOString().slice(0, 19)}Z`;
  if (least > 0) expect(said[0]).toContain(until);
});

it("writes no more for a test that no process ended in", async () => {
  const world = new World();
  world.start(() => Promise.resolve(ENDED));
  await vi.advanceTimersByTimeAsync(1_000);
  expect({ writes: world.writes, dials: world.dials }).toEqual({ writes: 1, dials: 1 });
});
