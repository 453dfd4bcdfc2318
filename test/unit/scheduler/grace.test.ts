import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import type { Failure } from "../../../capabilities/domain/failure";
import { systemClock } from "../../../capabilities/lib/clock";
import type { Resolution } from "../../../capabilities/resolve/resolve-sink";
import { resolveInGrace, type GraceContext } from "../../../capabilities/scheduler/grace";
import { SinkIndex } from "../../../capabilities/scheduler/sink-index";
import { memoryLog } from "../kube/http/peer";

const TARGET = { kind: "KollectDatabaseSink", namespace: "shop", name: "orders" } as const;
const GRACE_MS = 10_000;
const THERE: Resolution = { secrets: [] };
const NO_SINK = missing("sink", { reason: "SinkNotFound", message: "Apply the sink." });
const NO_SECRET = missing("secret", {
  reason: "ConnectionTestFailed",
  cause: "SecretNotFound",
  message: "Create the Secret.",
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function missing(what: "sink" | "secret", failure: Failure): Resolution {
  return { secrets: [], missing: what, failure };
}

/** A run whose sink is resolved to each of these in turn; the last one stays. */
function resolving(answers: ReadonlyArray<Resolution | Error>, graceMs = GRACE_MS) {
  const sinks = new SinkIndex();
  const log = memoryLog();
  const abort = new AbortController();
  const said: string[] = [];
  const readAt: number[] = [];
  const start = Date.now();
  const context: GraceContext = {
    dependencies: {
      clock: systemClock(),
      log,
      sinks,
      resolve: () => {
        const answer = answers[Math.min(readAt.length, answers.length - 1)] ?? THERE;
        readAt.push(Date.now() - start);
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      graceMs,
    },
    say: ({ reason, message }) => void said.push(`${reason}: ${message}`),
    signal: abort.signal,
  };
  const result = resolveInGrace(TARGET, context);
  result.catch(() => undefined); // some tests look at it later
  return { result, sinks, log, abort, said, readAt };
}

describe("a missing sink", () => {
  it("is not polled: its watch is heard, and grace ends the wait", async () => {
    const { result, said, readAt } = resolving([NO_SINK]);
    await vi.advanceTimersByTimeAsync(GRACE_MS - 1);
    expect(readAt).toEqual([0]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await result).failure?.message).toBe("Apply the sink. Then run the test again.");
    expect(readAt).toEqual([0, GRACE_MS]);
    expect(said).toEqual(["WaitingForSink: Apply the sink."]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is read again as soon as the watch shows it", async () => {
    const { result, sinks, readAt } = resolving([NO_SINK, THERE]);
    await vi.advanceTimersByTimeAsync(300);
    sinks.set({ ...TARGET, name: "another" }, { uid: "a", generation: 1 });
    sinks.set(TARGET, { uid: "u", generation: 1 });
    expect(await result).toBe(THERE);
    expect(readAt).toEqual([0, 300]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is a failure at once without grace", async () => {
    const { result, said } = resolving([NO_SINK], 0);
    expect((await result).failure?.message).toBe("Apply the sink. Then run the test again.");
    expect(said).toEqual([]);
  });
});

describe("a missing Secret", () => {
  it("is read once a second until grace is over", async () => {
    const { result, said, readAt } = resolving([NO_SECRET], 2500);
    await vi.advanceTimersByTimeAsync(2500);
    expect(await result).toBe(NO_SECRET);
    expect(readAt).toEqual([0, 1000, 2000, 2500]);
    expect(said[0]).toBe("WaitingForSecret: Create the Secret.");
  });

  it("shares one grace with the sink that was missing before", async () => {
    const { result, readAt } = resolving([NO_SINK, NO_SECRET, THERE]);
    await vi.advanceTimersByTimeAsync(GRACE_MS);
    expect(await result).toEqual(NO_SECRET);
    expect(readAt).toEqual([0, GRACE_MS]);
  });

  it("ends the wait when it appears", async () => {
    const { result } = resolving([NO_SECRET, THERE]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await result).toBe(THERE);
  });

  it("is read again at once when the sink changes", async () => {
    const { result, sinks, readAt } = resolving([NO_SECRET, THERE]);
    await vi.advanceTimersByTimeAsync(200);
    sinks.set(TARGET, { uid: "u", generation: 2 });
    expect(await result).toBe(THERE);
    expect(readAt).toEqual([0, 200]);
  });
});

it("gives what is there, and failures that no wait ends, at once", async () => {
  const wrong = { ...NO_SECRET, missing: undefined } as unknown as Resolution;
  for (const answer of [THERE, wrong]) expect(await resolving([answer]).result).toBe(answer);
});

it("ends with the run, and leaves no timer and no listener", async () => {
  const { result, sinks, abort, readAt } = resolving([NO_SINK]);
  await vi.advanceTimersByTimeAsync(100);
  abort.abort(new Error("the test was deleted"));
  await expect(result).rejects.toThrow("the test was deleted");
  sinks.set(TARGET, { uid: "u", generation: 1 });
  await vi.advanceTimersByTimeAsync(2 * GRACE_MS);
  expect(readAt).toEqual([0]);
  expect(vi.getTimerCount()).toBe(0);
});

describe("an API server", () => {
  const call = "get KollectDatabaseSink shop/orders";

  it("that cannot answer is asked again, beyond the grace", async () => {
    const away = new ClusterError(call, 503, "ServiceUnavailable", "try again");
    const { result, readAt, log } = resolving([...Array.from({ length: 8 }, () => away), THERE]);
    await vi.advanceTimersByTimeAsync(8 * GRACE_MS);
    expect(await result).toBe(THERE);
    expect(readAt.at(-1)).toBeGreaterThan(GRACE_MS);
    expect(log.lines).toEqual([]);
  });

  it.each([
    [new ClusterError(call, 403, "Forbidden", "no"), /may not read what KollectDatabaseSink orders needs/],
    [new ClusterError(call, 0, "BadResponse", "no JSON"), /could not read KollectDatabaseSink orders/],
    [Object.assign(new Error("p4ssword"), { status: 403 }), /could not read KollectDatabaseSink orders/],
  ])("whose answer is no use leads to Internal and a line in the log: %s", async (error, message) => {
    const { result, log } = resolving([error]);
    const { failure, secrets } = await result;
    expect(failure).toMatchObject({ cause: "Internal", message: expect.stringMatching(message) });
    expect(secrets).toEqual([]);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(/^error a sink and its Secrets could not be read .*"name":"orders"/);
    expect(log.lines[0]?.includes(call)).toBe(error instanceof ClusterError);
    expect(log.lines[0]).not.toContain("p4ssword");
  });
});
