import { describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { operatorRequests } from "../scene/api-audit";
import type { Scene } from "../scene/scene";

const RETAIN = "kollect.dev/retain";

export function timeToLive(scene: () => Scene): void {
  describe.concurrent("the time to live", () => {
    it("of 0 writes the verdict, then deletes the test", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");

      const test = await scene().test(namespace, { spec: { ttlSecondsAfterFinished: 0 } });

      expect((await scene().verdict(test)).status?.conditions?.[0]?.status).toBe("True");
      await scene().deletion(test);
      const writes = (): string[] =>
        operatorRequests(scene().stage.cluster)
          .filter((request) => request.namespace === namespace && request.name === "probe")
          .filter(({ verb }) => verb === "patch" || verb === "delete")
          .map(({ verb, code }) => `${verb} ${code}`);
      const both = ["patch 200", "delete 200"];
      await vi.waitFor(() => expect(writes()).toEqual(both), { timeout: 30_000 });
    });

    it("starts again with a spec change before it is over", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const first = await scene().verdict(
        await scene().test(namespace, { spec: { ttlSecondsAfterFinished: 8 } }),
      );
      const completed = ({ status }: KollectConnectionTest): number => Date.parse(status?.completedAt ?? "");
      // A new second, so that completedAt moves.
      const markers = await scene().verdict(
        await scene().test(namespace, { name: "marker", spec: { ttlSecondsAfterFinished: 1 } }),
      );
      await scene().deletion(markers);

      const again = await scene().verdict(
        await scene().objects.patch(first, { spec: { requestedAt: "again" } }),
      );

      expect(completed(again)).toBeGreaterThan(completed(first));
      expect(await scene().deletion(first)).toBeGreaterThanOrEqual(completed(again) + 8_000);
    });

    it("does not count for a test with the annotation retain, which goes at once when that is removed", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const annotations = { [RETAIN]: "true" };
      const spec = { ttlSecondsAfterFinished: 1 };
      const kept = await scene().verdict(await scene().test(namespace, { spec, annotations }));
      const other = await scene().verdict(await scene().test(namespace, { name: "other", spec }));

      await scene().deletion(other);
      const still = await scene().objects.read(kept);
      const before = Date.now();
      await scene().objects.patch(kept, { metadata: { annotations: { [RETAIN]: null } } });

      expect(still).toBeDefined();
      expect((await scene().deletion(kept)) - before).toBeLessThan(15_000);
    });

    it("does not count any more once the annotation is put on a finished test", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const spec = { ttlSecondsAfterFinished: 5 };
      const kept = await scene().verdict(await scene().test(namespace, { spec }));

      await scene().objects.patch(kept, { metadata: { annotations: { [RETAIN]: "true" } } });
      const other = await scene().verdict(await scene().test(namespace, { name: "other", spec }));

      await scene().deletion(other);
      expect(await scene().objects.read(kept)).toBeDefined();
    });
  });
}
