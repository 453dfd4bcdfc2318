import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import type { Scene } from "../scene/scene";
import { conditionsOf, verdictOf } from "./verdict";

export function statusTables(scene: () => Scene): void {
  const probe = (namespace: string): Promise<KollectConnectionTest> => verdictOf(scene(), namespace);

  describe.concurrent("status", () => {
    it("has ConnectionVerified and Ready True, ConnectionOK and ProbeSucceeded, when the probe is OK", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");

      const conditions = conditionsOf(await probe(namespace));

      expect(conditions.ConnectionVerified).toMatchObject({ status: "True", reason: "ConnectionOK" });
      expect(conditions.Ready).toMatchObject({ status: "True", reason: "ProbeSucceeded" });
      expect(conditions.Finished).toMatchObject({ status: "True", reason: "Completed" });
      expect(conditions.TLSInsecure).toMatchObject({ status: "True", reason: "PlainText" });
      expect(Object.keys(conditions)).not.toContain("Stalled");
      expect(Object.keys(conditions)).not.toContain("Reconciling");
    });

    it("has ConnectionVerified and Ready False with the failure's reason, and Stalled, when the probe failed", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders", { password: "not-the-password" });

      const conditions = conditionsOf(await probe(namespace));

      for (const type of ["ConnectionVerified", "Ready"]) {
        expect(conditions[type]).toMatchObject({ status: "False", reason: "ConnectionTestFailed" });
      }
      expect(conditions.Finished).toMatchObject({ status: "True", reason: "Completed" });
      expect(conditions.Stalled).toMatchObject({ status: "True", reason: "ConnectionTestFailed" });
    });

    it("has completed, completedAt, latencyMs and observedGeneration after the probe", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const before = Date.now();

      const { status, metadata } = await probe(namespace);

      expect(status).toMatchObject({
        completed: true,
        observedGeneration: metadata.generation,
        attempts: 1,
        sharedBy: 1,
      });
      expect(Date.parse(status?.completedAt ?? "")).toBeGreaterThan(before - 1000);
      expect(Date.parse(status?.completedAt ?? "")).toBeLessThanOrEqual(Date.now());
      const phases = status?.probe?.phases ?? [];
      expect(status?.latencyMs).toBeLessThanOrEqual(Date.now() - before);
      expect(status?.latencyMs).toBeGreaterThanOrEqual(
        Math.max(...phases.map(({ latencyMs = 0 }) => latencyMs)),
      );
      expect(phases.map(({ name, result }) => `${name} ${result}`)).toEqual([
        "Resolve Passed",
        "Connect Passed",
        "TLS Skipped",
        "Authenticate Passed",
        "Verify Passed",
        "Authorize Passed",
      ]);
    });
  });
}
