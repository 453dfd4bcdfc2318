import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { describe, expect, it } from "vitest";
import type { Sink } from "../../capabilities/api/types";
import { failed } from "../../capabilities/domain/failure";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { Probe } from "../../capabilities/probes/probe";
import type { Resolution } from "../../capabilities/resolve/resolve-sink";
import { KEPT_PLAN_BYTES, probeWithRetries, type RunOutcome } from "../../capabilities/scheduler/probe-run";
import { Slots, type Release } from "../../capabilities/scheduler/slots";
import { memoryLog } from "../unit/kube/http/peer";
import { systemClock } from "../../capabilities/lib/clock";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks for `count` slots of a namespace, of one endpoint or of one for each, and notes who gets one. */
function crowd(slots: Slots, count: number, endpoint: (index: number) => string): Release[] {
  const granted: Release[] = [];
  for (let index = 0; index < count; index += 1) {
    const request = { namespace: "greedy", endpoint: endpoint(index) };
    // A signal each, as runs have: one with thousands of listeners would be slow by itself.
    void slots.acquire(request, new AbortController().signal).then((release) => granted.push(release));
  }
  return granted;
}

describe.each([
  ["one endpoint", (): string => "db"],
  ["endpoints of their own", (index: number): string => `db-${index}`],
])("10,000 requests of one namespace for %s", (_what, endpoint) => {
  it("leave room for another namespace at once", async () => {
    const slots = new Slots({ global: 128, perEndpoint: 4, perNamespace: 32 });
    crowd(slots, 10_000, endpoint);
    const startedAt = performance.now();
    for (let index = 0; index < 32; index += 1) {
      await slots.acquire({ namespace: "modest", endpoint: `other-${index}` }, never);
    }
    // Far more than it takes, and far less than a search through all that wait would.
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it("take turns with another namespace when every slot is taken", async () => {
    const slots = new Slots({ global: 8, perEndpoint: 9, perNamespace: 8 });
    const granted = crowd(slots, 10_000, endpoint);
    await turn();
    expect(granted).toHaveLength(8);
    let modest = false;
    void slots.acquire({ namespace: "modest", endpoint: "other" }, never).then(() => (modest = true));
    // The greedy one waited first, so it may be served once before.
    for (const release of granted.splice(0, 2)) release();
    await turn();
    expect(modest).toBe(true);
  });

  it("are all served, each in a moment", async () => {
    const slots = new Slots({ global: 128, perEndpoint: 4, perNamespace: 32 });
    const granted = crowd(slots, 10_000, endpoint);
    const startedAt = performance.now();
    let served = 0;
    for (await turn(); granted.length > 0; await turn()) {
      for (const release of granted.splice(0)) {
        release();
        served += 1;
      }
    }
    expect(served).toBe(10_000);
    expect(slots.running).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe("a run that waits for a slot", () => {
  const sink = {
    kind: "KollectDatabaseSink",
    metadata: { name: "orders" },
    spec: { type: "postgres" },
  } as Sink;
  const secret = { namespace: "shop", name: "pg", data: new Map<string, Buffer>() };
  const done: ProbeReport = { phases: [], latencyMs: 1 };

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
    const running = probeWithRetries(
      {
        target: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" },
        timeoutSeconds: 1,
        retryLimit: 0,
      },
      {
        clock: systemClock(),
        log: memoryLog(),
        slots,
        dialled: (endpoint) => endpoint,
        sinks: { onChange: () => () => undefined },
        graceMs: 0,
        exporter: DEFAULT_EXPORTER,
        resolve: () => Promise.resolve((reads += 1) === 1 ? first() : (options.again ?? first)()),
        attempt: (_probe, plan) => {
          plans.push(plan.endpoint);
          return Promise.resolve({ report: done, closed: Promise.resolve() });
        },
      },
      () => undefined,
      never,
    );
    await turn();
    expect(plans).toEqual([]);
    taken();
    return { outcome: (await running).outcome, reads, plans, slots };
  }

  function ready(endpoint: string, bytes: number, resourceVersion = "1"): Resolution {
    const probe = { type: "postgres" } as Probe;
    const secrets = [{ ...secret, resourceVersion }];
    return { sink, secrets, ready: { probe, plan: { endpoint }, type: "postgres", bytes } };
  }

  it("keeps a plan of the usual size", async () => {
    const { reads, plans } = await run({ bytes: KEPT_PLAN_BYTES });
    expect({ reads, plans }).toEqual({ reads: 1, plans: ["db"] });
  });

  it("lets a large plan go, and uses what is there when its turn comes", async () => {
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
      again: () => ({ sink, secrets: [], failure }),
    });
    expect(plans).toEqual([]);
    expect(outcome).toMatchObject({ attempts: 0, failure });
    expect(slots.running).toBe(0);
  });
});
