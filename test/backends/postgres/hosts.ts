import { describe, expect, it } from "vitest";
import { blackHole, refusedPort } from "../../../lab/faults";
import { dsnUrl, PASSWORD, postgresCase } from "../../../lab/backends/postgres";
import { server, started, run, phase } from "./stage";

export function hosts(): void {
  describe("several hosts", () => {
    const list = (...targets: ReadonlyArray<{ host: string; port: number }>): string =>
      dsnUrl({ host: targets.map(({ host, port }) => `${host}:${port}`).join(","), port: 1 }).replace(
        ":1/app",
        "/app",
      );

    it("are tried in order until one works", async () => {
      const report = await run(postgresCase(list(await refusedPort(), server)));
      expect(report.failure).toBeUndefined();
      expect(phase(report, "Connect")).toBe("Passed");
    });
    it("that are silent leave time for the next one", async () => {
      const silent = await started(blackHole());
      const report = await run(postgresCase(list(silent, server)), { timeoutMs: 4000 });
      expect(report.failure).toBeUndefined();
      expect(silent.open()).toBe(0);
    });
    it("are given as long as connect_timeout says", async () => {
      const silent = await started(blackHole());
      const startedAt = Date.now();
      const report = await run(postgresCase(`${list(silent, server)}?connect_timeout=2`), {
        timeoutMs: 20_000,
      });
      expect(report.failure).toBeUndefined();
      expect(Date.now() - startedAt).toBeGreaterThan(1900);
      expect(Date.now() - startedAt).toBeLessThan(5000);
    });
    it("are not tried after a refused password", async () => {
      const silent = await started(blackHole());
      const dsn = list(server, silent).replace(encodeURIComponent(PASSWORD), "wrong");
      expect((await run(postgresCase(dsn))).failure?.cause).toBe("AuthenticationFailed");
      expect(silent.seen()).toBe(0);
    });
    it("are all named when none works", async () => {
      const [one, two] = [await refusedPort(), await refusedPort()];
      const report = await run(postgresCase(list(one, two)));
      expect(report.failure?.cause).toBe("ConnectionRefused");
      expect(report.failure?.message).toContain("None of the 2 hosts can be used.");
      for (const { port } of [one, two]) expect(report.failure?.message).toContain(`127.0.0.1:${port}`);
    });
  });
}
