import { describe, expect, it } from "vitest";
import { dsnUrl, PASSWORD, postgresCase, trusting } from "../../../lab/backends/postgres";
import { blackHole, refusedPort } from "../../../lab/faults";
import { expectFailure, expectPassed, results } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run, type Stage } from "./stage";

export function hosts(stage: Stage): void {
  describe("several hosts", () => {
    const list = (...targets: ReadonlyArray<{ host: string; port: number }>): string =>
      dsnUrl({ host: targets.map(({ host, port }) => `${host}:${port}`).join(","), port: 1 }).replace(
        ":1/app",
        "/app",
      );

    it("are tried in order until one works", async () => {
      const report = await expectPassed(run(postgresCase(list(await refusedPort(), stage.server))));
      expect(results(report).Connect).toBe("Passed");
    });
    it("that are silent leave time for the next one", async () => {
      const silent = await duringTest(blackHole());
      await expectPassed(run(postgresCase(list(silent, stage.server)), { timeoutMs: 4000 }));
      expect(silent.open()).toBe(0);
    });
    it("are given as long as connect_timeout says", async () => {
      const silent = await duringTest(blackHole());
      const startedAt = Date.now();
      await expectPassed(
        run(postgresCase(`${list(silent, stage.server)}?connect_timeout=2`), {
          timeoutMs: 20_000,
        }),
      );
      expect(Date.now() - startedAt).toBeGreaterThan(1900);
      expect(Date.now() - startedAt).toBeLessThan(5000);
    });
    it("are not tried after a refused password", async () => {
      const silent = await duringTest(blackHole());
      const dsn = list(stage.server, silent).replace(encodeURIComponent(PASSWORD), "wrong");
      await expectFailure(run(postgresCase(dsn)), "AuthenticationFailed");
      expect(silent.seen()).toBe(0);
    });
    it("are all named when none works", async () => {
      const [one, two] = [await refusedPort(), await refusedPort()];
      const report = await expectFailure(
        run(postgresCase(list(one, two))),
        "ConnectionRefused",
        "None of the 2 hosts can be used.",
      );
      for (const { port } of [one, two]) expect(report.failure?.message).toContain(`127.0.0.1:${port}`);
    });
    it("are dialled at hostaddr, and verified by name", async () => {
      const query = `hostaddr=127.0.0.1&sslmode=verify-full`;
      const parts = { host: "localhost", query };
      await expectPassed(run(stage.at(parts, { tls: trusting(stage.authority.cert) })));
    });
  });
}
