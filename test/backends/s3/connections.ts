import { describe, it } from "vitest";
import { BUCKET, s3Case, trusting } from "../../../lab/backends/s3";
import { proxy } from "../../../lab/faults";
import { expectFailure, expectPassed } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run, type Stage } from "./stage";

export function connections(stage: Stage): void {
  describe("s3 on bad connections", () => {
    it("waits for a slow server", async () => {
      const slow = await duringTest(proxy(stage.server, { latencyMs: 100 }));
      await expectPassed(
        run(s3Case(`https://localhost:${slow.port}/${BUCKET}`, { tls: trusting(stage.authority.cert) })),
      );
    });

    it.each([
      ["resets", { cutAfterBytes: 20 }, 20_000, "Unreachable"],
      ["stalls", { stallAfterBytes: 20 }, 1500, "TimedOut"],
    ] as const)(
      "settles when a connection %s before an answer is complete",
      async (_what, options, timeoutMs, cause) => {
        const bad = await duringTest(proxy(stage.plain, options));
        await expectFailure(run(s3Case(`http://${bad.host}:${bad.port}/${BUCKET}`), { timeoutMs }), cause);
      },
    );
  });
}
