import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { mongodbCase, mongodbUri } from "../../../lab/backends/mongodb";
import { proxy, type ProxyOptions } from "../../../lab/faults";
import { APP, run, type Stage } from "./stage";

export function connections(stage: Stage): void {
  describe("a bad connection to MongoDB", () => {
    async function through(options: ProxyOptions, timeoutMs: number): Promise<[ProbeReport, number]> {
      const between = await proxy(stage.server, options);
      const startedAt = Date.now();
      try {
        const report = await run(mongodbCase(mongodbUri({ hosts: [between], query: APP })), { timeoutMs });
        const tookMs = Date.now() - startedAt;
        for (let waited = 0; between.open() > 0 && waited < 1000; waited += 10) await sleep(10);
        expect(between.open()).toBe(0);
        return [report, tookMs];
      } finally {
        await between.close();
      }
    }

    it("works when it is slow", async () => {
      const [report] = await through({ latencyMs: 50 }, 10_000);
      expect(report.failure).toBeUndefined();
      expect(report.latencyMs).toBeGreaterThan(400);
    });

    it.each([10, 300, 600])("is Unreachable when it is cut after %i bytes", async (cutAfterBytes) => {
      const [report] = await through({ cutAfterBytes }, 5000);
      expect(report.failure?.cause).toBe("Unreachable");
    });

    it.each([10, 300, 600])("is TimedOut when it stalls after %i bytes", async (stallAfterBytes) => {
      const [report, tookMs] = await through({ stallAfterBytes }, 700);
      expect(report.failure?.cause).toBe("TimedOut");
      expect(tookMs).toBeLessThan(2700);
    });
  });
}
