import { describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest, OwnerReference } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import { operatorRequests } from "../scene/api-audit";
import type { Scene } from "../scene/scene";

export function ownership(scene: () => Scene): void {
  describe.concurrent("the owner reference", () => {
    /** References of other owners: to a ConfigMap, and to a sink that the test does not name. */
    const foreignOwners = async (namespace: string): Promise<OwnerReference[]> => {
      const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "pipeline", namespace } };
      const owners = await Promise.all([
        scene().objects.create(configMap),
        scene().sink(namespace, "archive"),
      ]);
      return owners.map(({ apiVersion, kind, metadata }) => {
        const { name, uid } = metadata as { name: string; uid: string };
        return { apiVersion, kind, name, uid, controller: false };
      });
    };
    const addOwners = (test: KollectConnectionTest, more: OwnerReference[]): Promise<KollectConnectionTest> =>
      scene().objects.patch(test, {
        metadata: { ownerReferences: [...(test.metadata.ownerReferences ?? []), ...more] },
      });
    const ownerNames = ({ metadata }: KollectConnectionTest): string[] =>
      (metadata.ownerReferences ?? []).map(({ name }) => name).sort();

    it("is set at creation, is not the controller's and does not block the sink's deletion", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");

      const test = await scene().test(namespace);

      expect(test.metadata.ownerReferences).toMatchObject([{ name: "orders", controller: false }]);
      expect(test.metadata.ownerReferences?.[0]).not.toHaveProperty("blockOwnerDeletion");
    });

    it("moves with sinkRef, and leaves other owners", async () => {
      const namespace = await scene().namespace();
      await Promise.all([scene().sink(namespace, "orders"), scene().sink(namespace, "customers")]);
      const foreign = await foreignOwners(namespace);
      const test = await addOwners(await scene().verdict(await scene().test(namespace)), foreign);

      const sinkRef = { databaseSinkRef: "customers" };
      const moved = await scene().verdict(await scene().objects.patch(test, { spec: { sinkRef } }));

      expect(ownerNames(test)).toEqual(["archive", "orders", "pipeline"]);
      expect(ownerNames(moved)).toEqual(["archive", "customers", "pipeline"]);
    });

    it("goes with ownerSink false and comes back with true, and leaves other owners", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const foreign = await foreignOwners(namespace);
      const test = await addOwners(await scene().verdict(await scene().test(namespace)), foreign);

      const without = await scene().verdict(
        await scene().objects.patch(test, { spec: { ownerSink: false } }),
      );
      const again = await scene().verdict(await scene().objects.patch(test, { spec: { ownerSink: true } }));

      expect(ownerNames(without)).toEqual(["archive", "pipeline"]);
      expect(ownerNames(again)).toEqual(["archive", "orders", "pipeline"]);
    });

    it("is set by a patch after the verdict when the sink came after the test", async () => {
      const namespace = await scene().namespace();
      const test = await scene().test(namespace);
      await scene().state(test, "the wait for the sink", ({ status }) => status?.completed === false);

      await scene().sink(namespace, "orders");

      const verdict = await scene().verdict(test);
      const owned = await scene().state(
        test,
        "the owner reference",
        (state) => ownerNames(state).length === 1,
      );
      expect(verdict.metadata.ownerReferences).toBeUndefined();
      expect(owned.status).toEqual(verdict.status);
      const patched = (): string[] =>
        operatorRequests(scene().stage.cluster)
          .filter(({ verb, ...request }) => request.namespace === namespace && verb === "patch")
          .map(({ resource }) => resource);
      await vi.waitFor(() => expect(patched().at(-1)).toBe("kollectconnectiontests"), { timeout: 30_000 });
    });

    it("deletes the test with its sink, and a test with ownerSink false stays", async ({ skip }) => {
      skip(!scene().stage.cluster.garbageCollector, "there is no garbage collector in KUBEBUILDER_ASSETS");
      const namespace = await scene().namespace();
      const sink = await scene().sink(namespace, "orders");
      const [owned, free] = await Promise.all([
        scene().test(namespace),
        scene().test(namespace, { name: "free", spec: { ownerSink: false } }),
      ]);
      await Promise.all([owned, free].map((test) => scene().verdict(test)));

      await scene().objects.remove(sink);

      await scene().deletion(owned);
      expect(await scene().objects.read(free)).toBeDefined();
    });

    it("is not made for a missing sink, of which a Warning event tells", async () => {
      const namespace = await scene().namespace();
      const test = await scene().test(namespace);

      const { metadata } = await scene().verdict(test);

      expect(metadata.ownerReferences).toBeUndefined();
      const path = `/api/v1/namespaces/${namespace}/events`;
      const what = { what: "the Event", timeoutMs: 30_000 };
      const event = await waitUntil(what, async () => {
        const { items } = (await scene().stage.api.request({ method: "GET", path })) as {
          items: { type: string; reason: string; message: string }[];
        };
        return items.find(({ reason }) => reason === "OwnerNotSet");
      });
      expect(event).toMatchObject({ type: "Warning" });
      expect(event.message).toMatch(/no owner because its sink does not exist/);
    });
  });
}
