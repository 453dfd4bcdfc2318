import { setTimeout as sleep } from "node:timers/promises";
import { EventEmitter, once } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { failed } from "../../../capabilities/domain/failure";
import { runProbe } from "../../../capabilities/probes/runner";
import { blackHole, type Fault } from "../../../lab/faults";
import { rejection } from "./net/net-harness";
import { PLAN, probeOf, options, reportOf, timers } from "./runner-harness";

let fault: Fault | undefined;
afterEach(async () => {
  await fault?.close();
  fault = undefined;
});

describe("the caller's signal", () => {
  it("ends the attempt with its reason, also when the driver does not hear it", async () => {
    const controller = new AbortController();
    const reason = new Error("not needed");
    const running = rejection(
      reportOf(
        probeOf(() => new Promise(() => undefined)),
        PLAN,
        options({ signal: controller.signal }),
      ),
    );
    const startedAt = performance.now();
    controller.abort(reason);
    expect(await running).toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it("is no error of the probe to log", async () => {
    const controller = new AbortController();
    const logged: string[] = [];
    const probe = probeOf(async ({ signal }) => {
      controller.abort(new Error("not needed"));
      signal.throwIfAborted();
    });
    const logger = { error: (_fields: object, message: string) => void logged.push(message) };
    await rejection(runProbe(probe, PLAN, options({ signal: controller.signal, logger })));
    expect(logged).toEqual([]);
  });

  it("is not even started when it was aborted before", async () => {
    let ran = false;
    const probe = probeOf(async () => {
      ran = true;
    });
    const reason = new Error("too late");
    expect(await rejection(reportOf(probe, PLAN, options({ signal: AbortSignal.abort(reason) })))).toBe(
      reason,
    );
    expect(ran).toBe(false);
  });
});

describe("what an attempt leaves behind", () => {
  it("is no timer and no listener, however it ends", async () => {
    const controller = new AbortController();
    const before = timers();
    for (let count = 0; count < 30; count += 1) {
      await reportOf(
        probeOf(() => Promise.resolve()),
        PLAN,
        options({ signal: controller.signal }),
      );
      await reportOf(
        probeOf(() => Promise.reject(failed("ProtocolError", "x"))),
        PLAN,
        options(),
      );
    }
    await reportOf(
      probeOf(({ signal }) => sleep(9000, undefined, { signal })),
      PLAN,
      options({ timeoutMs: 10 }),
    );
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it("is no connection that was still being made", async () => {
    fault = await blackHole();
    const target = fault;
    const probe = probeOf(async ({ dialler }) => {
      void dialler.connect(target).catch(() => undefined);
    });
    expect((await reportOf(probe, PLAN, options())).failure).toBeUndefined();
    await sleep(50);
    await vi.waitFor(() => expect(target.open()).toBe(0));
  });
});

describe("a session that closes later", () => {
  it("is said in good order, after the report and before all counts as closed", async () => {
    const polite = new EventEmitter();
    const seen: string[] = [];
    const probe = probeOf(async ({ closeLater, signal }) => {
      closeLater(async () => {
        seen.push(signal.aborted ? "cut off" : "closing");
        await once(polite, "said");
        seen.push("said");
      });
    });
    const { report, closed } = await runProbe(probe, PLAN, options());
    expect(report.failure).toBeUndefined();
    expect(seen).toEqual(["closing"]);
    void closed.then(() => seen.push("closed"));
    polite.emit("said");
    await closed;
    expect(seen).toEqual(["closing", "said", "closed"]);
  });

  it("is said after a failure too", async () => {
    let said = false;
    const probe = probeOf(async ({ closeLater }) => {
      closeLater(async () => void (said = true));
      throw failed("PermissionDenied", "no");
    });
    expect((await reportOf(probe, PLAN, options())).failure?.cause).toBe("PermissionDenied");
    expect(said).toBe(true);
  });

  it.each<readonly [string, () => Promise<void>]>([
    ["never ends is cut off at the deadline", () => new Promise(() => undefined)],
    ["fails is no failure", () => Promise.reject(new Error("gone"))],
  ])("that %s, and leaves no connection", async (_what, close) => {
    fault = await blackHole();
    const target = fault;
    const probe = probeOf(async ({ dialler, closeLater }) => {
      await dialler.connect(target);
      closeLater(close);
    });
    const startedAt = performance.now();
    expect((await reportOf(probe, PLAN, options({ timeoutMs: 100 }))).failure).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await vi.waitFor(() => expect([target.seen(), target.open()]).toEqual([1, 0]));
  });

  it("is over before an attempt ends whose result is not needed", async () => {
    const controller = new AbortController();
    let over = false;
    const probe = probeOf(async ({ closeLater, signal }) => {
      closeLater(async () => {
        await sleep(20);
        over = signal.aborted;
      });
      controller.abort(new Error("not needed"));
    });
    await rejection(runProbe(probe, PLAN, options({ signal: controller.signal })));
    expect(over).toBe(true);
  });
});
