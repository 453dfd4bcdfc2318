import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import type { EndedRun, RunOutcome } from "../../../capabilities/scheduler/probe-run";
import {
  SharedProbes,
  type Participant,
  type ProbeRequest,
} from "../../../capabilities/scheduler/shared-probes";

const REQUEST: ProbeRequest = {
  target: { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" },
  timeoutSeconds: 10,
  retryLimit: 0,
  seen: { uid: "sink", generation: 1 },
};
const OUTCOME: RunOutcome = { startedAt: 0, completedAt: 1, attempts: 1, waitedMs: 0, secrets: [] };

function participant(): Participant {
  return { signal: new AbortController().signal, progress: () => undefined, left: () => undefined };
}

it("answers before the probe has closed its session, and starts the sink's next one after that", async () => {
  const closes: (() => void)[] = [];
  const run = (): Promise<EndedRun> => {
    const closed = new Promise<void>((resolve) => closes.push(resolve));
    return Promise.resolve({ outcome: OUTCOME, closed });
  };
  const probes = new SharedProbes(run, 3);
  await probes.join(REQUEST, participant());
  expect(probes.count()).toEqual({ waiting: 0, running: 0 });
  expect(probes.executing).toBe(1);

  const next = probes.join(REQUEST, participant());
  await turn();
  expect(closes).toHaveLength(1);
  expect(probes.count()).toEqual({ waiting: 1, running: 0 });

  closes[0]?.();
  await next;
  expect(closes).toHaveLength(2);
  closes[1]?.();
  await turn();
  expect(probes.executing).toBe(0);
});
