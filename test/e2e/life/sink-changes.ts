import { describe, expect, it } from "vitest";
import type { Condition, KollectConnectionTest } from "../../../capabilities/api/types";
import { secret } from "../../../lab/drafts";
import { judge } from "../scene/gitops-checks";
import type { Scene } from "../scene/scene";

function changeOf({ status }: KollectConnectionTest): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "SinkChanged");
}

export function sinkChanges(scene: () => Scene): void {
  describe.concurrent("a verdict whose sink changed", () => {
    const changed = (test: KollectConnectionTest, reason: string): Promise<KollectConnectionTest> =>
      scene().state(test, `SinkChanged for ${reason}`, (state) => changeOf(state)?.reason === reason);

    it("says so, passes no gate, and gives way to a new run", async () => {
      const namespace = await scene().namespace();
      const sink = await scene().sink(namespace, "orders");
      const verified = await scene().verdict(await scene().test(namespace));

      await scene().objects.patch(sink, { spec: { postgres: { table: "archive" } } });
      const stale = await changed(verified, "SinkGeneration");
      const annotations = { "kollect.dev/requested-at": "after the edit" };
      const again = await scene().verdict(await scene().objects.patch(stale, { metadata: { annotations } }));

      const { said } = await judge({ verified, stale, again });
      expect(said).toEqual([
        ["verified", "Healthy", "Current", "Current"],
        ["stale", "Progressing", "InProgress", "Current"],
        ["again", "Healthy", "Current", "Current"],
      ]);
      expect(stale.status?.probeId).toBe(verified.status?.probeId);
      expect(stale.status).toEqual({
        ...verified.status,
        conditions: [...(verified.status?.conditions ?? []), changeOf(stale)],
      });
      expect([verified, stale, again].map(({ status }) => status?.sink?.generation)).toEqual([1, 1, 2]);
      expect(changeOf(again)).toBeUndefined();
    });

    it("says so of a Secret that a later probe reads, and goes on passing gates", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const verified = await scene().verdict(await scene().test(namespace));
      // A status has whole seconds, and only a read that is surely later counts.
      const isLater = Date.parse(verified.status?.completedAt ?? "") + 1_000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, isLater - Date.now())));

      await scene().objects.apply(secret(namespace, "orders", { dsn: "rotated" }));
      const later = await scene().verdict(await scene().test(namespace, { name: "later" }));
      const stale = await changed(verified, "SecretVersion");

      const { said } = await judge({ stale });
      expect(said).toEqual([["stale", "Healthy", "Current", "Current"]]);
      expect(later.status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "False" });
      expect(changeOf(later)).toBeUndefined();
      expect(stale.status?.sink?.secrets).toMatchObject([{ namespace, name: "orders" }]);
    });
  });
}
