import { describe, expect, it } from "vitest";
import { judge } from "../scene/gitops-checks";
import type { Scene } from "../scene/scene";

/** @param kstatus what kstatus makes of a failure under this CRD, which may hold back our conditions */
export function gitops(scene: () => Scene, kstatus: { readonly failed: string }): void {
  describe("what GitOps tools make of a test", () => {
    it("is right by the health checks; kstatus alone takes one without a status for done", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      await scene().sink(namespace, "refusing", { password: "wrong" });

      const created = await scene().test(namespace, { name: "verified" });
      const waiting = await scene().state(
        await scene().test(namespace, { name: "waiting", sink: "missing" }),
        "the wait in grace",
        ({ status }) => status?.completed === false,
      );
      const verified = await scene().verdict(created);
      const changed = await scene().objects.patch(verified, { spec: { ownerSink: false } });
      const refused = await scene().verdict(
        await scene().test(namespace, { name: "refused", sink: "refusing" }),
      );

      const stages = { created, waiting, verified, changed, refused };
      const { verdicts, said } = await judge(stages);

      expect(created).not.toHaveProperty("status");
      expect(said).toEqual([
        // Without a status Flux cannot evaluate its expressions, and asks again until its timeout.
        ["created", "Progressing", undefined, "Current"],
        ["waiting", "Progressing", "InProgress", "InProgress"],
        ["verified", "Healthy", "Current", "Current"],
        ["changed", "Progressing", "InProgress", "InProgress"],
        ["refused", "Degraded", "Failed", kstatus.failed],
      ]);
      expect(verdicts[0]?.flux.error).toContain("status");
    });
  });
}
