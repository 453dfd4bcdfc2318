import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { neverConnects, proxy } from "../../../lab/faults";
import { expectPassed, results } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run, type Stage } from "./stage";

export function deadline(stage: Stage): void {
  describe("deadline and abort", () => {
    async function connectionsGone(): Promise<number> {
      const end = Date.now() + 3000;
      let open = await stage.server.connections();
      while (open > 0 && Date.now() < end) {
        await sleep(20);
        open = await stage.server.connections();
      }
      return open;
    }

    it("leave no session when a lock keeps the catalog closed, and no query that goes on", async () => {
      const holder = new Client({
        host: stage.server.host,
        port: stage.server.port,
        database: "app",
        ...stage.server.superuser,
        ssl: false,
      });
      await holder.connect();
      await holder.query("BEGIN; LOCK TABLE pg_catalog.pg_proc IN ACCESS EXCLUSIVE MODE");
      try {
        const startedAt = Date.now();
        const report = await run(stage.at(), { timeoutMs: 3000 });
        expect(Date.now() - startedAt).toBeLessThan(6000);
        expect(report.failure).toMatchObject({ cause: "TimedOut" });
        expect(results(report).Authorize).toBe("Failed");
        // The server sees that its client has gone at the end of the statement, which it bounds itself.
        await expect.poll(() => stage.server.connections(), { timeout: 15_000 }).toBe(1);
      } finally {
        await holder.end();
      }
    });

    it("leave no session in any phase", async () => {
      for (const stallAfterBytes of [0, 1, 200, 1500, 2200, 2600]) {
        const stalled = await duringTest(proxy(stage.server, { stallAfterBytes }));
        const report = await run(stage.at({ host: stalled.host, port: stalled.port }), { timeoutMs: 400 });
        expect(report.failure?.cause, String(stallAfterBytes)).toBe("TimedOut");
        await expect.poll(() => stalled.open(), { timeout: 10_000 }).toBe(0);
      }
      expect(await connectionsGone()).toBe(0);
    });

    it("leave no session when nobody waits any more", async () => {
      const slow = await duringTest(proxy(stage.server, { latencyMs: 60 }));
      const reason = new Error("nobody waits");
      for (const afterMs of [0, 50, 130, 200, 300, 420]) {
        const controller = new AbortController();
        const running = run(stage.at({ host: slow.host, port: slow.port }), { signal: controller.signal });
        setTimeout(() => controller.abort(reason), afterMs);
        await expect(running).rejects.toBe(reason);
      }
      expect(await connectionsGone()).toBe(0);
    });

    it("name the phase in which a firewall swallowed the connection", async () => {
      const silent = await duringTest(neverConnects());
      const report = await run(stage.at({ host: silent.host, port: silent.port }), { timeoutMs: 1000 });
      expect(report.failure?.message).toContain("did not answer within 1 s during Connect.");
      expect(results(report).Connect).toBe("Failed");
    });

    it("are not needed for a slow server that answers in time", async () => {
      const slow = await duringTest(proxy(stage.server, { latencyMs: 40 }));
      const report = await expectPassed(run(stage.at({ host: slow.host, port: slow.port })));
      expect(report.latencyMs).toBeGreaterThan(400);
    });

    it("see a connection that is cut in the middle, wherever that is", async () => {
      for (const cutAfterBytes of [0, 1, 200, 1500, 2200, 2600]) {
        const cut = await duringTest(proxy(stage.server, { cutAfterBytes }));
        const report = await run(stage.at({ host: cut.host, port: cut.port, query: "sslmode=require" }));
        expect(["Unreachable", "TLSFailed"], String(cutAfterBytes)).toContain(report.failure?.cause);
      }
      expect(await connectionsGone()).toBe(0);
    });

    it("are followed by a goodbye: no session is left when a probe reports", async () => {
      for (let count = 0; count < 10; count += 1) {
        await run(stage.at());
        expect(await stage.server.connections()).toBe(0);
      }
    });
  });
}
