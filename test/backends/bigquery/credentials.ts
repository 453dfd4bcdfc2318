import { describe, it } from "vitest";
import { expectPassed } from "../expect-report";
import { accounts, run, stranger, type Stage } from "./stage";

export function credentials(stage: Stage): void {
  describe("bigquery credentials", () => {
    it("are those of spec.bigquery.secretRef when both are named", async () => {
      const sharedSecret = { "credentials.json": stage.server.keyFile(stranger) };
      await expectPassed(run(stage.as(accounts.all, { sharedSecret })));
    });
  });
}
