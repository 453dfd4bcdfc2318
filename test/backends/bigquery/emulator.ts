import { describe, expect, it } from "vitest";
import { bigqueryCase, DATASETS, PROJECT } from "../../../lab/backends/bigquery";
import { startBigqueryEmulator } from "../../../lab/servers/google/bigquery";
import { expectFailure, expectPassed, results } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";
import { run } from "./stage";

export function emulator(): void {
  describe("bigquery's emulator", () => {
    it("is asked in plain text and without credentials, and says so", async () => {
      const emulator = await duringTest(startBigqueryEmulator({ project: PROJECT, datasets: DATASETS }));
      const cloud = { bigqueryEmulatorHost: `${emulator.host}:${emulator.port}` };
      const report = await expectPassed(
        run(bigqueryCase({}), { plan: { ambientCredentials: false, cloud } }),
      );
      expect(report.endpoint).toBe(`${emulator.host}:${emulator.port}`);
      expect(report.insecure).toBe("PlainText");
      expect(results(report)).toMatchObject({
        Authenticate: "Skipped: the emulator requires no credentials",
        Verify: "Passed",
        Authorize: "Skipped: the emulator has no permissions to check",
      });
      expect(emulator.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    });

    it("is dialled under the address policy like everything else", async () => {
      const cloud = { bigqueryEmulatorHost: "169.254.169.254:80" };
      await expectFailure(
        run(bigqueryCase({}), { plan: { ambientCredentials: false, cloud } }),
        "AddressDenied",
      );
    });
  });
}
