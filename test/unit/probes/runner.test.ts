import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { PhaseName } from "../../../capabilities/api/vocabulary";
import { failed } from "../../../capabilities/domain/failure";
import { blackHole, type Fault } from "../../../lab/faults";
import { PLAN, probeOf, options, reportOf } from "./runner-harness";

let fault: Fault | undefined;
afterEach(async () => {
  await fault?.close();
  fault = undefined;
});

describe("runProbe", () => {
  it("reports success with the phases and the time that they took", async () => {
    const probe = probeOf(async ({ recorder }) => {
      await recorder.phase("Connect", () => sleep(30));
      recorder.serverVersion("18.4");
      // What is no phase is no latency.
      await sleep(200);
    });
    const startedAt = Date.now();
    const report = await reportOf(probe, PLAN, options());
    const tookMs = Date.now() - startedAt;
    expect(report).toMatchObject({
      endpoint: "db.shop:5432",
      serverVersion: "18.4",
      phases: [{ name: "Connect", result: "Passed" }],
    });
    expect(report.failure).toBeUndefined();
    expect(report.latencyMs).toBeGreaterThanOrEqual(25);
    expect(report.latencyMs).toBeLessThan(tookMs - 150);
  });

  it("tells when a phase starts, before it has a result", async () => {
    const told: string[] = [];
    const probe = probeOf(async ({ recorder }) => {
      await recorder.phase("Resolve", () => Promise.resolve());
      await recorder.phase("Connect", () => Promise.resolve(void told.push("in Connect")));
    });
    await reportOf(probe, PLAN, { ...options(), onPhase: (phase) => told.push(phase) });
    expect(told).toEqual(["Resolve", "Connect", "in Connect"]);
  });

  it("reports the failure that a probe throws, with a clean message", async () => {
    const probe = probeOf(() => Promise.reject(failed("TargetNotFound", "no\ttable\u202e here")));
    const { failure } = await reportOf(probe, PLAN, options());
    expect(failure).toEqual({
      reason: "ConnectionTestFailed",
      cause: "TargetNotFound",
      message: "no table here",
    });
  });

  it("finds our failure inside what a driver made of it", async () => {
    const probe = probeOf(() =>
      Promise.reject(
        new Error("driver", { cause: new AggregateError([failed("AddressDenied", "denied.")]) }),
      ),
    );
    expect((await reportOf(probe, PLAN, options())).failure?.cause).toBe("AddressDenied");
  });

  it("reports an unknown error as Internal and does not show its text", async () => {
    const logged: unknown[] = [];
    const logger = { error: (fields: object, message: string) => void logged.push(fields, message) };
    const error = Object.assign(new TypeError("password hunter22\n    at hunter22 (x.ts:1:1)"), {
      code: "hunter22",
    });
    const { failure } = await reportOf(
      probeOf(() => Promise.reject(error)),
      PLAN,
      options({ logger }),
    );
    expect(failure).toMatchObject({ reason: "ConnectionTestFailed", cause: "Internal" });
    expect(failure?.message).toContain("PostgreSQL at db.shop:5432");
    expect(logged).toHaveLength(2);
    expect(JSON.stringify(logged)).toContain("runner.test.ts");
    expect(JSON.stringify([failure, logged])).not.toContain("hunter22");
  });

  it.each([
    ["a string", "hunter22"],
    ["nothing", undefined],
    ["null", null],
    ["an object", { password: "hunter22" }],
  ])("reports Internal when a probe throws %s", async (_what, thrown) => {
    const { failure } = await reportOf(
      probeOf(() => Promise.reject(thrown as unknown as Error)),
      PLAN,
      options(),
    );
    expect(failure?.cause).toBe("Internal");
    expect(failure?.message).not.toContain("hunter22");
  });

  it("reports Internal for a probe that throws before it returns a promise", async () => {
    const probe = probeOf(() => {
      throw new RangeError("at once");
    });
    expect((await reportOf(probe, PLAN, options())).failure?.cause).toBe("Internal");
  });
});

describe("the deadline", () => {
  const phases: ReadonlyArray<readonly [PhaseName, RegExp]> = [
    ["Resolve", /DNS/],
    ["Connect", /NetworkPolicies/],
    ["TLS", /uses TLS/],
    ["Authenticate", /protocol/],
    ["Verify", /load/],
    ["Authorize", /load/],
  ];
  it.each(phases)(
    "reports TimedOut with phase %s, what to check, and the phase as Failed",
    async (name, hint) => {
      let lastedMs = Number.NaN;
      const probe = probeOf(({ recorder, signal }) =>
        recorder.phase(name, async () => {
          const began = performance.now();
          signal.addEventListener("abort", () => (lastedMs = performance.now() - began));
          await sleep(10_000, undefined, { signal });
        }),
      );
      const report = await reportOf(probe, PLAN, options({ timeoutMs: 60 }));
      expect(report.failure?.cause).toBe("TimedOut");
      expect(report.failure?.message).toContain(
        `PostgreSQL at db.shop:5432 did not answer within 0.06 s during ${name}.`,
      );
      expect(report.failure?.message).toMatch(hint);
      expect(report.phases).toMatchObject([{ name, result: "Failed" }]);
      // Less than the deadline when the process was busy before the phase began.
      expect(report.phases[0]?.latencyMs).toBeGreaterThanOrEqual(lastedMs - 10);
    },
  );

  it("is reported in time even if the driver hears no signal", async () => {
    fault = await blackHole();
    const target = fault;
    let heard = false;
    const probe = probeOf(async ({ dialler, recorder }) => {
      const socket = await dialler.connect(target);
      socket.on("close", () => (heard = true));
      await recorder.phase("Authenticate", () => new Promise(() => undefined));
    });
    const startedAt = performance.now();
    const report = await reportOf(probe, PLAN, options({ timeoutMs: 100 }));
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(report.failure?.cause).toBe("TimedOut");
    expect(report.phases.at(-1)).toMatchObject({ name: "Authenticate", result: "Failed" });
    await vi.waitFor(() => expect([heard, target.seen(), target.open()]).toEqual([true, 1, 0]));
  });

  it("wins over whatever a probe makes of its signal", async () => {
    const probe = probeOf(async ({ signal }) => {
      await sleep(10_000, undefined, { signal }).catch(() => undefined);
      throw failed("ProtocolError", "the driver's own idea");
    });
    expect((await reportOf(probe, PLAN, options({ timeoutMs: 40 }))).failure?.cause).toBe("TimedOut");
  });

  it("is not extended by a probe that succeeds too late", async () => {
    const probe = probeOf(() => sleep(120));
    expect((await reportOf(probe, PLAN, options({ timeoutMs: 40 }))).failure?.cause).toBe("TimedOut");
  });

  it("does not change a report when a driver fails long after it", async () => {
    const probe = probeOf(async ({ recorder }) => {
      await sleep(300);
      recorder.serverVersion("too late");
      throw new Error("too late");
    });
    const report = await reportOf(probe, PLAN, options({ timeoutMs: 20 }));
    const before = JSON.stringify(report);
    await sleep(250);
    expect(JSON.stringify(report)).toBe(before);
  });
});
