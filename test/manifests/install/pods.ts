import { beforeAll, describe, expect, it } from "vitest";
import { NAMES } from "../../../generate/gitops/objects";
import { kubectl, tryKubectl } from "../../../lab/control-plane/kubectl";
import { podTemplates, unknownAccounts } from "../../fixtures/install/pod-templates";
import { readObjects } from "../../../lab/operator/objects";
import { objectsOf, STRICT, type InstallStage, type Parts } from "./stage";

const GUARDED = "guarded";

/** Every pod template, as a pod in a namespace that enforces Pod Security. */
export function podTests(stage: () => InstallStage): void {
  describe("the pods", () => {
    beforeAll(async () => {
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      const guarded = { apiVersion: "v1", kind: "Namespace", metadata: { name: GUARDED, labels } };
      await kubectl(stage().cluster, STRICT, { input: JSON.stringify(guarded) });
      for (const account of [NAMES.operator, NAMES.bootstrap])
        await kubectl(stage().cluster, ["create", "serviceaccount", account, "-n", GUARDED]);
    });

    /** What the API server says to a pod of the template in a namespace that enforces `restricted`. */
    async function verdict(spec: object): Promise<string> {
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "tried", namespace: GUARDED }, spec };
      const args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
      const { code, stderr } = await tryKubectl(stage().cluster, args, { input: JSON.stringify(pod) });
      return code === 0 ? "accepted" : stderr;
    }

    it.each<[string, Parts, number]>([
      ["as they are", { resources: ["."] }, 4],
      ["with cert-manager", { resources: ["operator"], components: ["cert-manager"] }, 3],
      ["with the module in the image", { resources: ["operator"], components: ["module-in-image"] }, 2],
    ])("pass Pod Security restricted %s", async (_, parts, count) => {
      const templates = podTemplates(objectsOf(await stage().kustomize(parts)));
      expect(templates).toHaveLength(count);
      expect(unknownAccounts(templates, [NAMES.operator, NAMES.bootstrap])).toEqual([]);
      for (const { name, spec } of templates) expect(await verdict(spec), name).toBe("accepted");
    });

    it("of the framework's own output do not", async () => {
      const templates = podTemplates(readObjects(stage().build.manifestsPath));
      expect(templates).toHaveLength(2);
      for (const { spec } of templates) {
        expect(await verdict(spec)).toMatch(/violates PodSecurity "restricted:latest": seccompProfile/);
      }
    });

    it("mount a token only where they ask the API server", async () => {
      const objects = objectsOf(await kubectl(stage().cluster, ["kustomize", stage().rendered.gitops]));
      const accounts = objects.filter(({ kind }) => kind === "ServiceAccount");
      expect(accounts).toHaveLength(2);
      for (const account of accounts) expect(account["automountServiceAccountToken"]).toBe(false);
    });
  });
}
