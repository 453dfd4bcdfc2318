import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { neverConnects, proxy } from "../../../lab/faults";
import { server, started, run, at, phase } from "./stage";

export function deadline(): void {
  describe("deadline and abort", () => {
    async function connectionsGone(): Promise<number> {
      const end = Date.now() + 3000;
      let open = await server.connections();
      while (open > 0 && Date.now() < end) {
        await sleep(20);
        open = await server.connections();
      }
      return open;
    }

    it("leave no session when a lock keeps the catalog closed, and no query that goes on", async () => {
      const holder = new Client({
        host: server.host,
        port: server.port,
        database: "app",
        ...server.superuser,
        ssl: false,
      });
      await holder.connect();
      await holder.query("BEGIN; LOCK TABLE pg_catalog.pg_proc IN ACCESS EXCLUSIVE MODE");
      try {
        const startedAt = Date.now();
        const report = await run(at(), { timeoutMs: 3000 });
        expect(Date.now() - startedAt).toBeLessThan(6000);
        expect(report.failure).toMatchObject({ cause: "TimedOut" });
        expect(phase(report, "Authorize")).toBe("Failed");
        // The server sees that its client has gone at the end of the statement, which it bounds itself.
        await expect.poll(() => server.connections(), { timeout: 15_000 }).toBe(1);
      } finally {
        await holder.end();
      }
    });

    it("leave no session in any phase", async () => {
      for (const stallAfterBytes of [0, 1, 200, 1500, 2200, 2600]) {
        const stalled = await started(proxy(server, { stallAfterBytes }));
        const report = await run(at({ host: stalled.host, port: stalled.port }), { timeoutMs: 400 });
        expect(report.failure?.cause, String(stallAfterBytes)).toBe("TimedOut");
        await expect.poll(() => stalled.open(), { timeout: 10_000 }).toBe(0);
      }
      expect(await connectionsGone()).toBe(0);
    });

    it("leave no session when the attempt was aborted", async () => {
      const slow = await started(proxy(server, { latencyMs: 60 }));
      const reason = new Error("no test waits");
      for (const afterMs of [0, 50, 130, 200, 300, 420]) {
        const controller = new AbortController();
        const running = run(at({ host: slow.host, port: slow.port }), { signal: controller.signal });
        setTimeout(() => controller.abort(reason), afterMs);
        await expect(running).rejects.toBe(reason);
      }
      expect(await connectionsGone()).toBe(0);
    });

    it("name the phase in which a firewall swallowed the connection", async () => {
      const silent = await started(neverConnects());
      const report = await run(at({ host: silent.host, port: silent.port }), { timeoutMs: 1000 });
      expect(report.failure?.message).toContain("did not answer within 1 s during Connect.");
      expect(phase(report, "Connect")).toBe("Failed");
    });

    it("are not needed for a slow server that answers in time", async () => {
      const slow = await started(proxy(server, { latencyMs: 40 }));
      const report = await run(at({ host: slow.host, port: slow.port }));
      expect(report.failure).toBeUndefined();
      expect(report.latencyMs).toBeGreaterThan(400);
    });

    it("see a connection that is cut in the middle, wherever that is", async () => {
      for (const cutAfterBytes of [0, 1, 200, 1500, 2200, 2600]) {
        const cut = await started(proxy(server, { cutAfterBytes }));
        const report = await run(at({ host: cut.host, port: cut.port, query: "sslmode=require" }));
        expect(["Unreachable", "TLSFailed"], String(cutAfterBytes)).toContain(report.failure?.cause);
      }
      expect(await connectionsGone()).toBe(0);
    });

    it("are followed by Terminate: no session is left when a probe reports", async () => {
      for (let count = 0; count < 10; count += 1) {
        await run(at());
        expect(await server.connections()).toBe(0);
      }
    });
  });
}
