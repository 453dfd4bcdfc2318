import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { isAlive } from "../../../lab/control-plane/build-lock";
import { waitUntil } from "../../../lab/control-plane/wait";
import { auditRecords } from "../scene/records";
import { KubeApiError } from "../../../lab/operator/kube-api";
import { readObjects, type KubeObject } from "../../../lab/operator/objects";
import { ROOT } from "../../../lab/stage";
import type { Installation } from "./installation";

const TESTS = "kollectconnectiontests.kollect.dev";
const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${TESTS}`;

const TIMEOUT_MS = 420_000;

interface Configurations {
  readonly items: readonly { readonly metadata: { readonly generation: number } }[];
}

type Names = KubeObject & { readonly spec: { readonly names: { shortNames: string[] } } };

export function upgrade(installation: () => Installation): void {
  /** The definition of this kind as an older version of the operator might have left it. */
  const ageCrd = async (): Promise<void> => {
    const [crd] = readObjects(join(ROOT, `config/crd/kollect.dev_kollectconnectiontests.yaml`)) as [Names];
    crd.spec.names.shortNames = ["older"];
    await installation().api.request({
      method: "PATCH",
      path: `${CRD}?fieldManager=kollect-connection-test`,
      contentType: "application/apply-patch+yaml",
      body: crd,
    });
  };
  /** Refused while the webhooks' new certificate is not served yet, so it is tried again as a pipeline would. */
  const createSoon = (name: string): Promise<KollectConnectionTest> =>
    waitUntil({ what: `the creation of ${name}`, timeoutMs: 150_000, intervalMs: 500 }, async () => {
      try {
        return await installation().create(name, "counted");
      } catch (error) {
        if (error instanceof KubeApiError && error.message.includes("failed calling webhook"))
          return undefined;
        throw error;
      }
    });
  const recordsOf = ({ metadata }: KollectConnectionTest): number => {
    const [pod] = installation().kubelet.pods;
    const folder = dirname(pod?.logFile ?? "");
    const logs = readdirSync(folder).filter((name) => name.endsWith(".log"));
    const all = logs.flatMap((name) => auditRecords(join(folder, name)));
    return all.filter(({ test }) => test.uid === metadata.uid).length;
  };

  const webhooks = async (): Promise<number> => {
    const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    const { items } = (await installation().api.request({ method: "GET", path })) as Configurations;
    return items[0]?.metadata.generation ?? 0;
  };
  const named = async (name: string): Promise<KollectConnectionTest> => {
    const metadata = { name, namespace: "default" };
    const ref = { apiVersion: "kollect.dev/v1alpha1", kind: "KollectConnectionTest", metadata };
    return (await installation().objects.read(ref)) as unknown as KollectConnectionTest;
  };

  describe("npx pepr deploy --yes of the next version", () => {
    it(
      "replaces every pod, loses no test and probes none again, and brings our CRD up to date",
      { timeout: TIMEOUT_MS },
      async () => {
        const { kubelet, counted, sink, create, verdict, deploy, rolledOut, kubectl } = installation();
        const finished = await named("finished");
        const waiting = await create("waiting", "later");
        await ageCrd();
        const dialled = counted.seen();
        const before = kubelet.pods.map(({ pod, containers }) => ({
          name: pod.metadata.name,
          pid: containers[0]?.current?.pid ?? 0,
        }));
        const generation = await webhooks();

        const rolled = deploy("0.2.0").then(rolledOut);
        rolled.catch(() => undefined); // awaited below
        await waitUntil(
          { what: "new webhooks", timeoutMs: 180_000 },
          async () => (await webhooks()) > generation || undefined,
        );
        const meanwhile = [await createSoon("meanwhile-1"), await createSoon("meanwhile-2")];
        await rolled;
        await sink("later");

        const verdicts = await Promise.all([waiting, ...meanwhile].map(verdict));
        expect(verdicts.map(({ status }) => status?.conditions?.[0]?.reason)).toEqual(
          Array(3).fill("ConnectionOK"),
        );
        expect((await named("finished")).status).toEqual(finished.status);
        for (const test of [finished, ...verdicts]) {
          await vi.waitFor(() => expect(recordsOf(test)).toBe(1), { timeout: 30_000 });
        }
        // A watcher that is replaced in the middle of a probe dials again.
        expect(counted.seen() - dialled).toBeLessThanOrEqual(2 * meanwhile.length);
        // The last of them was told to end a moment ago, and has five seconds.
        await waitUntil({ what: "the end of the old pods", timeoutMs: 20_000 }, async () => {
          const names = kubelet.pods.map(({ pod }) => pod.metadata.name);
          return !before.some(({ name, pid }) => names.includes(name) || isAlive(pid)) || undefined;
        });
        const crd = JSON.parse(await kubectl("get", "crd", TESTS, "-o", "json")) as Names;
        expect(crd.spec.names.shortNames).toEqual(["kconntest"]);
      },
    );
  });
}
