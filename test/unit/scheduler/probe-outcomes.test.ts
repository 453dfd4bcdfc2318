import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { failed } from "../../../capabilities/domain/failure";
import type { EndedAttempt, Progress } from "../../../capabilities/domain/outcome";
import type { Resolution } from "../../../capabilities/resolve/resolve-sink";
import {
  KEPT_PLAN_BYTES,
  probeWithRetries,
  type RunDependencies,
} from "../../../capabilities/scheduler/probe-run";
import { Slots } from "../../../capabilities/scheduler/slots";
import { dependencies, DONE, FAILED, never, ready, REQUEST, SINK, turn } from "./worlds/probe-run";

describe("a run", () => {
  const START = Date.parse("2026-03-01T12:00:00Z");
  const ENDED: EndedAttempt = { report: DONE, closed: Promise.resolve() };
  beforeEach(() => void vi.useFakeTimers({ now: START }));
  afterEach(() => void vi.useRealTimers());

  /** Starts a run, and collects its progress. */
  function start(given: Partial<RunDependencies>, retryLimit = 0) {
    const progress: Progress[] = [];
    const abort = new AbortController();
    const calls = { resolve: () => Promise.resolve(ready("db", 1)), attempt: () => Promise.resolve(ENDED) };
    const slots = new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 });
    const all = dependencies({ ...calls, slots, ...given });
    const report = (said: Progress): void => void progress.push(said);
    const running = probeWithRetries({ ...REQUEST, retryLimit }, all, report, abort.signal);
    running.catch(() => undefined); // some tests look at it later
    return { running, progress, abort, slots };
  }

  it("says when it began, how long it waited for a slot, what it read and what it dials", async () => {
    const slots = new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 });
    const taken = await slots.acquire({ namespace: "another", endpoint: "ip of db" }, never);
    const attempt = vi.fn<RunDependencies["attempt"]>(async () => {
      await vi.advanceTimersByTimeAsync(30);
      return ENDED;
    });
    const { running, progress, abort } = start({
      slots,
      dialled: (endpoint) => `ip of ${endpoint}`,
      attempt,
    });
    await vi.advanceTimersByTimeAsync(200);
    expect(progress).toEqual([]);
    taken();
    const { outcome } = await running;
    const secrets = [{ namespace: "shop", name: "pg", resourceVersion: "1" }];
    const sink = { kind: "KollectDatabaseSink", name: "orders", uid: "", generation: 0, type: "postgres" };
    const times = { startedAt: START, completedAt: START + 230, waitedMs: 200 };
    expect(outcome).toEqual({ ...times, sink, secrets, attempts: 1, report: DONE });
    const dialled = { sink, secrets, startedAt: START, attempts: 1, endpoint: "db" };
    const message = "Attempt 1 is running.";
    expect(progress).toEqual([{ reason: "Probing", startedAt: START, attempts: 1, message, dialled }]);
    const [probe, plan, options] = attempt.mock.calls[0] ?? [];
    expect([probe?.type, plan]).toEqual(["postgres", { endpoint: "db" }]);
    expect(options).toEqual({ timeoutMs: 1000, signal: abort.signal, namespace: "shop" });
  });

  it("says why it will try again", async () => {
    const reports = [FAILED, DONE];
    const attempt = (): Promise<EndedAttempt> =>
      Promise.resolve({ report: reports.shift() ?? DONE, closed: Promise.resolve() });
    const { running, progress } = start({ attempt }, 1);
    await vi.advanceTimersByTimeAsync(10_000);
    await running;
    const message = "Attempt 1 failed: It did not answer. It will be tried again.";
    const { failure } = FAILED;
    expect(progress[1]).toEqual({ reason: "RetryBackoff", startedAt: START, attempts: 1, failure, message });
    expect(progress[2]).toMatchObject({ attempts: 2, dialled: { attempts: 2 } });
  });

  it("pauses longer before each attempt", async () => {
    const at: number[] = [];
    const attempt = (): Promise<EndedAttempt> => {
      at.push(Date.now());
      return Promise.resolve({ report: FAILED, closed: Promise.resolve() });
    };
    const { running } = start({ attempt }, 3);
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await running).outcome).toMatchObject({ attempts: 4, failure: FAILED.failure, report: FAILED });
    const waits = at.slice(1).map((time, index) => (time - (at[index] ?? 0)) / (1000 * 2 ** index));
    expect(waits.map((part) => part >= 0.5 && part <= 1)).toEqual([true, true, true]);
  });

  it("drops a large plan in its pause, and reports the attempts before when the Secret is gone then", async () => {
    const { failure } = failed("SecretNotFound", "Secret pg is gone.");
    const answers: Resolution[] = [ready("db", KEPT_PLAN_BYTES + 1), { sink: SINK, secrets: [], failure }];
    const resolve = (): Promise<Resolution> => Promise.resolve(answers.shift() ?? ready("db", 1));
    const attempt = (): Promise<EndedAttempt> => Promise.resolve({ ...ENDED, report: FAILED });
    const { running, slots } = start({ resolve, attempt }, 2);
    await vi.advanceTimersByTimeAsync(10_000);
    const { outcome, closed } = await running;
    expect(outcome).toMatchObject({ attempts: 1, failure, secrets: [] });
    expect(outcome).not.toHaveProperty("report");
    await closed;
    expect(slots.running).toBe(0);
  });

  it("dials nothing when the sink cannot be probed", async () => {
    const { failure } = failed("InvalidConfiguration", "Set spec.postgres.host.");
    const { running, progress, slots } = start({
      resolve: () => Promise.resolve({ sink: SINK, secrets: [], failure }),
    });
    const { outcome, closed } = await running;
    expect(outcome).toMatchObject({ attempts: 0, waitedMs: 0, failure, sink: { name: "orders" } });
    expect([progress, slots.running]).toEqual([[], 0]);
    await closed;
  });

  it("has neither a sink nor a failure that were not found", async () => {
    const { running } = start({ resolve: () => Promise.resolve({ secrets: [] }) });
    const times = { startedAt: START, completedAt: START, waitedMs: 0 };
    expect((await running).outcome).toEqual({ ...times, secrets: [], attempts: 0 });
  });

  it("reports the exporter's limitations that its sink shows", async () => {
    const limited = [{ id: "ExistingStillCreates" as const }];
    const { running } = start({ resolve: () => Promise.resolve({ ...ready("db", 1), limited }) });
    expect((await running).outcome.limitations?.map(({ id }) => id)).toEqual(["ExistingStillCreates"]);
  });
});

describe("a run that is ended keeps no slot", () => {
  const ended = new Error("the test was deleted");

  it.each<readonly [string, (abort: AbortController, signal: AbortSignal) => Promise<Resolution>]>([
    ["when its turn comes", (abort) => (abort.abort(ended), Promise.resolve(ready("db", 1)))],
    ["while it reads again", (abort) => (abort.abort(ended), Promise.reject(ended))],
  ])("%s", async (_what, again) => {
    const slots = new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 });
    const taken = await slots.acquire({ namespace: "shop", endpoint: "db" }, never);
    const abort = new AbortController();
    let reads = 0;
    let dials = 0;
    const given = dependencies({
      slots,
      resolve: (_target, signal) =>
        (reads += 1) === 1 ? Promise.resolve(ready("db", KEPT_PLAN_BYTES + 1)) : again(abort, signal),
      attempt: () => ((dials += 1), Promise.resolve({ report: DONE, closed: Promise.resolve() })),
    });
    const running = probeWithRetries(REQUEST, given, () => undefined, abort.signal);
    await turn();
    taken();
    await expect(running).rejects.toBe(ended);
    await turn();
    expect({ dials, running: slots.running }).toEqual({ dials: 0, running: 0 });
  });

  it("when its attempt fails", async () => {
    const slots = new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 });
    const given = dependencies({
      slots,
      resolve: () => Promise.resolve(ready("db", 1)),
      attempt: () => Promise.reject(ended),
    });
    await expect(probeWithRetries(REQUEST, given, () => undefined, never)).rejects.toBe(ended);
    await turn();
    expect(slots.running).toBe(0);
  });
});
