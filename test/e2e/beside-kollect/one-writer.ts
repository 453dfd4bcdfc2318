import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { ANNOTATIONS } from "../../../capabilities/api/vocabulary";
import type { KubectlResult } from "../../../lab/control-plane/kubectl";
import { waitUntil } from "../../../lab/control-plane/wait";
import type { Scene } from "../scene/scene";
import { ROOT } from "../../../lab/stage";

/** The manager of `helm install kollect -n kollect-system`, with every right that RBAC can give. */
const KOLLECT = [
  "--as=system:serviceaccount:kollect-system:kollect-controller-manager",
  "--as-group=system:masters",
];
const REFUSAL = "served by kollect-connection-test";

export function oneWriter(scene: () => Scene): void {
  describe("the policy of config/beside-kollect", () => {
    const asKollect = (
      verb: string,
      { metadata }: KollectConnectionTest,
      ...args: string[]
    ): Promise<KubectlResult> => {
      const named = ["kollectconnectiontest", metadata.name ?? "", "-n", metadata.namespace ?? ""];
      return scene().stage.tryKubectl([verb, ...named, ...args, ...KOLLECT]);
    };
    const patch = (change: object): string[] => ["--type=merge", "-p", JSON.stringify(change)];

    beforeAll(async () => {
      await scene().stage.kubectl(["apply", "-k", join(ROOT, "config/beside-kollect")]);
      const namespace = await scene().namespace();
      const tried = await scene().test(namespace, { name: "tried" });
      await waitUntil({ what: "the policy", timeoutMs: 30_000 }, async () => {
        const { stderr } = await asKollect("annotate", tried, "--overwrite", "tried=yes");
        return stderr.includes(REFUSAL) || undefined;
      });
    });

    it("leaves verdict, owner references and deletion to this operator alone", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const test = await scene().test(namespace, {
        spec: { ttlSecondsAfterFinished: 3 },
        annotations: { [ANNOTATIONS.retain]: "true" },
      });

      const refused = await Promise.all([
        asKollect("patch", test, "--subresource=status", ...patch({ status: { completed: false } })),
        asKollect("patch", test, ...patch({ metadata: { ownerReferences: null } })),
        asKollect("delete", test),
      ]);
      const verdict = await scene().verdict(test);

      for (const { code, stderr } of refused) {
        expect(code).not.toBe(0);
        expect(stderr).toContain(REFUSAL);
      }
      expect(verdict.status?.completed).toBe(true);
      await scene().objects.patch(test, { metadata: { annotations: { [ANNOTATIONS.retain]: null } } });
      await scene().deletion(test);
    });
  });
}
