import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { connectionTest } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";
import { proxy } from "../../../lab/faults";

export function reruns(scene: () => Scene): void {
  describe.concurrent("a finished test", () => {
    it("is not probed again by edits of labels and annotations", async () => {
      const namespace = await scene().namespace();
      const counted = await proxy(scene().postgres, {});
      try {
        await scene().sink(namespace, "orders", { port: counted.port });
        const first = await scene().verdict(await scene().test(namespace));

        const labels = { team: "shop" };
        const annotations = { note: "seen", "kollect.dev/retain": "true" };
        const edited = await scene().objects.patch(first, { metadata: { labels, annotations } });
        // The verdict of a later test says that the edit has been looked at.
        await scene().verdict(await scene().test(namespace, { name: "later" }));

        const still = (await scene().objects.read(first)) as KollectConnectionTest;
        expect(edited.metadata.generation).toBe(1);
        expect(still.metadata.labels).toEqual(labels);
        expect(still.status).toEqual(first.status);
        expect(counted.seen()).toBe(2);
      } finally {
        await counted.close();
      }
    });

    it.for([
      ["timeoutSeconds", { timeoutSeconds: 20 }],
      ["retryLimit", { retryLimit: 1 }],
      ["ttlSecondsAfterFinished", { ttlSecondsAfterFinished: 600 }],
      ["ownerSink", { ownerSink: false }],
      ["requestedAt", { requestedAt: "2026-11-23T12:00:00Z" }],
      ["sinkRef", { sinkRef: { databaseSinkRef: "customers" } }],
    ] as const)("is probed again by a change of %s", async ([, spec]) => {
      const namespace = await scene().namespace();
      await Promise.all([scene().sink(namespace, "orders"), scene().sink(namespace, "customers")]);
      const first = await scene().verdict(await scene().test(namespace));

      const again = await scene().verdict(await scene().objects.patch(first, { spec }));

      expect(again.status).toMatchObject({ completed: true, observedGeneration: 2 });
      expect(again.status?.probeId).not.toBe(first.status?.probeId);
    });

    it("is probed again by the annotation requested-at, once for each of its values", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const first = await scene().verdict(await scene().test(namespace));
      const annotate = (value: string): Promise<KollectConnectionTest> =>
        scene().objects.patch(first, { metadata: { annotations: { "kollect.dev/requested-at": value } } });

      const annotated = await annotate("first");
      const second = await scene().verdict(annotated);
      const repeated = await annotate("first");
      const third = await scene().verdict(await annotate("second"));

      expect(annotated).toMatchObject({ metadata: { generation: 2 }, spec: { requestedAt: "first" } });
      expect(repeated.metadata.generation).toBe(2);
      expect(third).toMatchObject({ metadata: { generation: 3 }, spec: { requestedAt: "second" } });
      expect(new Set([first, second, third].map(({ status }) => status?.probeId)).size).toBe(3);
    });

    it("keeps its generation when a manifest with the annotation is applied again", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const bare = connectionTest(namespace, "probe", "orders");
      const annotations = { "kollect.dev/requested-at": "monday" };
      const manifest = { ...bare, metadata: { ...bare.metadata, annotations } };

      const created = (await scene().objects.apply(manifest)) as KollectConnectionTest;
      const first = await scene().verdict(created);
      const applied = await scene().objects.apply(manifest);

      expect(created.spec.requestedAt).toBe("monday");
      expect(applied.metadata.generation).toBe(created.metadata.generation);
      expect((applied as KollectConnectionTest).status).toEqual(first.status);
    });
  });
}
