import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../capabilities/lib/clock";
import { probeFor } from "../../../capabilities/probes/registry";
import { resolveSink, type Resolution } from "../../../capabilities/resolve/resolve-sink";
import { resolveInGrace } from "../../../capabilities/scheduler/grace";

const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
const MISSING = "There is no KollectDatabaseSink orders in namespace shop. Apply the sink.";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a cluster without the sink gives. */
function missingSink(_target: unknown, signal: AbortSignal): Promise<Resolution> {
  const cluster = { getSink: () => Promise.resolve(undefined), getSecret: () => Promise.resolve(undefined) };
  const planOptions = { ambientCredentials: false, cloud: {} };
  return resolveSink(TARGET, { cluster, probeFor, sharedSecrets: [], planOptions }, signal);
}

async function said(graceMs: number): Promise<{ waiting: string[]; last: string | undefined }> {
  const waiting: string[] = [];
  const resolving = resolveInGrace(TARGET, {
    dependencies: {
      clock: systemClock(),
      log: { error: () => undefined },
      sinks: { onChange: () => () => undefined },
      resolve: missingSink,
      graceMs,
    },
    say: ({ message }) => void waiting.push(message),
    signal: new AbortController().signal,
  });
  await vi.advanceTimersByTimeAsync(graceMs + 1);
  return { waiting, last: (await resolving).failure?.message };
}

describe("the message about a missing sink", () => {
  it("asks for the sink alone while the operator waits for it, and for another run after the grace", async () => {
    expect(await said(10_000)).toEqual({ waiting: [MISSING], last: `${MISSING} Then run the test again.` });
  });

  it("asks for both at once without grace", async () => {
    expect(await said(0)).toEqual({ waiting: [], last: `${MISSING} Then run the test again.` });
  });
});
