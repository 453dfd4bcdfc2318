import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isAlive } from "../../../lab/control-plane/build-lock";
import { waitUntil } from "../../../lab/control-plane/wait";
import { ROOT } from "../../../lab/stage";
import type { Installation } from "./installation";

/** What an uninstall leaves, because it is people's. */
export const CRDS = ["connectiontests", "databasesinks", "eventsinks", "snapshotsinks"].map(
  (kind) => `customresourcedefinition.apiextensions.k8s.io/kollect${kind}.kollect.dev`,
);

export function uninstall(installation: () => Installation): void {
  const remains = (): Promise<string[]> => remainsOf(installation());

  describe("kubectl delete -f config/uninstall.yaml", () => {
    it("leaves no process, no webhook and nothing else of the operator but the CRDs with their objects", async () => {
      const { kubectl, kubelet, api, create, objects } = installation();
      const pids = kubelet.pods.map(({ containers }) => containers[0]?.current?.pid ?? 0);
      const path = "/apis/kollect.dev/v1alpha1/kollectconnectiontests";
      const tests = async (): Promise<number> =>
        ((await api.request({ method: "GET", path })) as { items: object[] }).items.length;
      const before = await tests();

      await kubectl("delete", "--ignore-not-found", "-f", join(ROOT, "config/uninstall.yaml"));

      await waitUntil(
        { what: "the end of the pods", timeoutMs: 20_000 },
        async () => kubelet.pods.length === 0 || undefined,
      );
      expect(pids.filter(isAlive)).toEqual([]);
      // The garbage collector takes a moment for what the Deployments owned.
      await vi.waitFor(async () => expect(await remains()).toEqual(CRDS), { timeout: 20_000, interval: 500 });
      expect(await tests()).toBe(before);
      const free = await create("free", "counted");
      await objects.patch(free, { spec: { retryLimit: 1 } });
      await objects.remove(free);
    });

    it("does so again without a fault, and the CRDs go when they are asked to", async () => {
      const { kubectl, tryKubectl } = installation();

      await kubectl("delete", "--ignore-not-found", "-f", join(ROOT, "config/uninstall.yaml"));
      await kubectl("delete", "-k", join(ROOT, "config/crd"));

      expect(await remains()).toEqual([]);
      expect((await tryKubectl("get", "kollectconnectiontests", "-A")).stderr).toMatch(
        /the server (doesn't have|could not find)/,
      );
    });
  });
}

/** Every object of the cluster with our name in its own, of whatever kind, but what was only said about it. */
export async function remainsOf({ kubectl }: Installation): Promise<string[]> {
  const kinds = (await kubectl("api-resources", "--verbs=list", "-o", "name")).trim().split("\n");
  const asked = kinds.filter((kind) => !/^(events|apiservices)\b|\.kollect\.dev$/.test(kind)).join(",");
  const found = await kubectl("get", asked, "-A", "-o", "name", "--ignore-not-found");
  return found.split("\n").filter((name) => /kollect/.test(name.split("/")[1] ?? ""));
}
