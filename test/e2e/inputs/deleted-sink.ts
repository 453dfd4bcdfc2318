import { afterAll, describe, expect, it } from "vitest";
import { waitUntil } from "../../../lab/control-plane/wait";
import { postgresSink } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";
import { blackHole } from "../../../lab/faults";
import { expectVerdictsGoOn } from "./healthy";

export function deletedSink(scene: () => Scene): void {
  describe.concurrent("a sink that is deleted between the steps", () => {
    afterAll(() => expectVerdictsGoOn(scene()));

    it("gives SinkNotFound when it goes while its Secret is waited for", async () => {
      const namespace = await scene().namespace();
      const sink = await scene().objects.create(postgresSink(namespace, "orders"));
      const test = await scene().test(namespace, { spec: { ownerSink: false, timeoutSeconds: 15 } });
      await scene().state(test, "the wait for the Secret", ({ status }) => status?.completed === false);

      await scene().objects.remove(sink);

      const { status } = await scene().verdict(test);
      expect(status?.conditions?.[0]).toMatchObject({ status: "False", reason: "SinkNotFound" });
      expect(status).not.toHaveProperty("sink");
    });

    it("leaves the probe that has read it to its own verdict", async () => {
      const [namespace, silent] = await Promise.all([scene().namespace(), blackHole()]);
      try {
        const sink = await scene().sink(namespace, "orders", { port: silent.port });
        const test = await scene().test(namespace, { spec: { ownerSink: false, timeoutSeconds: 1 } });
        const what = { what: "the connection", timeoutMs: 30_000, intervalMs: 10 };
        await waitUntil(what, () => Promise.resolve(silent.open() === 1 || undefined));

        await scene().objects.remove(sink);

        const { status } = await scene().verdict(test);
        expect(status?.probe?.cause).toBe("TimedOut");
        expect(status?.sink).toMatchObject({ name: "orders" });
        expect((await scene().objects.read(test))?.metadata.ownerReferences).toBeUndefined();
      } finally {
        await silent.close();
      }
    });
  });
}
