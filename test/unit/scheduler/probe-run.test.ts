import { afterEach, describe, expect, it, vi } from "vitest";
import { failed } from "../../../capabilities/domain/failure";
import type { EndedAttempt, ProbeReport } from "../../../capabilities/domain/outcome";
import type { Resolution } from "../../../capabilities/resolve/resolve-sink";
import {
  KEPT_PLAN_BYTES,
  probeWithRetries,
  type RunOutcome,
} from "../../../capabilities/scheduler/probe-run";
import { Slots } from "../../../capabilities/scheduler/slots";
import { dependencies, DONE, FAILED, never, ready, REQUEST, SINK, turn } from "./worlds/probe-run";

describe("a run that waits for a slot", () => {
  /** Runs while the only slot of `db` is taken, and then gives it back. */
  async function run(options: {
    readonly bytes: number;
    readonly again?: () => Resolution;
  }): Promise<{ outcome: RunOutcome; reads: number; plans: string[]; slots: Slots }> {
    const slots = new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 });
    const taken = await slots.acquire({ namespace: "shop", endpoint: "db" }, never);
    const plans: string[] = [];
    let reads = 0;
    const first = (): Resolution => ready("db", options.bytes);
    const given = dependencies({
      slots,
      resolve: () => Promise.resolve((reads += 1) === 1 ? first() : (options.again ?? first)()),
      attempt: (_probe, plan) => {
        plans.push(plan.endpoint);
        // The run holds the only slot of the endpoint that it dials.
        expect(slots.tryAcquire({ namespace: "shop", endpoint: plan.endpoint })).toBeUndefined();
        return Promise.resolve({ report: DONE, closed: Promise.resolve() });
      },
    });
    const running = probeWithRetries(REQUEST, given, () => undefined, never);
    await turn();
    expect(plans).toEqual([]);
    taken();
    return { outcome: (await running).outcome, reads, plans, slots };
  }

  it("keeps a plan of the usual size", async () => {
    const { reads, plans } = await run({ bytes: KEPT_PLAN_BYTES });
    expect({ reads, plans }).toEqual({ reads: 1, plans: ["db"] });
  });

  it("drops a large plan, and uses what is there when its turn comes", async () => {
    const large = KEPT_PLAN_BYTES + 1;
    const { outcome, reads, plans } = await run({ bytes: large, again: () => ready("db", large, "2") });
    expect({ reads, plans }).toEqual({ reads: 2, plans: ["db"] });
    expect(outcome.secrets).toEqual([{ namespace: "shop", name: "pg", resourceVersion: "2" }]);
  });

  it("moves to the other endpoint's queue when the sink names another one by then", async () => {
    const { plans, slots } = await run({
      bytes: KEPT_PLAN_BYTES + 1,
      again: () => ready("elsewhere", KEPT_PLAN_BYTES + 1),
    });
    expect(plans).toEqual(["elsewhere"]);
    expect(slots.running).toBe(0);
  });

  it("ends without an attempt when the Secret is gone by then", async () => {
    const { failure } = failed("SecretNotFound", "Secret pg is gone.");
    const { outcome, plans, slots } = await run({
      bytes: KEPT_PLAN_BYTES + 1,
      again: () => ({ sink: SINK, secrets: [], failure }),
    });
    expect(plans).toEqual([]);
    expect(outcome).toMatchObject({ attempts: 0, failure });
    expect(slots.running).toBe(0);
  });
});

describe("a run that tries again", () => {
  /** A run with fake timers whose attempts give these reports; each leaves its session open until it is closed. */
  function start(reports: readonly ProbeReport[], retryLimit: number) {
    vi.useFakeTimers();
    const closes: (() => void)[] = [];
    const said: string[] = [];
    const slots = new Slots({ global: 4, perEndpoint: 1, perNamespace: 4 });
    const attempt = (): Promise<EndedAttempt> => {
      const report = reports[closes.length] ?? DONE;
      const closed = new Promise<void>((resolve) => closes.push(resolve));
      return Promise.resolve({ report, closed });
    };
    const given = dependencies({ slots, resolve: () => Promise.resolve(ready("db", 1)), attempt });
    const running = probeWithRetries(
      { ...REQUEST, retryLimit },
      given,
      ({ reason, attempts }) => void said.push(`${reason} ${attempts}`),
      never,
    );
    return { running, closes, said, slots };
  }
  afterEach(() => void vi.useRealTimers());

  it("waits until the attempt before has closed its session, holds no slot meanwhile, and says what it does", async () => {
    const { running, closes, said, slots } = start([FAILED, DONE], 1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([closes.length, slots.running]).toEqual([1, 1]);
    closes[0]?.();
    await vi.advanceTimersByTimeAsync(1);
    expect([closes.length, slots.running]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(2_000);
    const { outcome } = await running;
    expect(outcome).toMatchObject({ attempts: 2, report: DONE });
    expect(outcome).not.toHaveProperty("failure");
    expect(said).toEqual(["Probing 1", "RetryBackoff 1", "Probing 2"]);
  });

  it("ends with the last failure when the limit is reached", async () => {
    const { running, closes } = start([FAILED, FAILED, FAILED], 1);
    for (let count = 0; count < 2; count += 1) {
      closes[count]?.();
      await vi.advanceTimersByTimeAsync(20_000);
      closes[count]?.();
      await vi.advanceTimersByTimeAsync(20_000);
    }
    const { outcome } = await running;
    expect(outcome).toMatchObject({ attempts: 2, failure: FAILED.failure });
    expect(closes).toHaveLength(2);
  });
});
