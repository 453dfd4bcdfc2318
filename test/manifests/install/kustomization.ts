import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NAMES } from "../../../generate/gitops/objects";
import { kubectl, tryKubectl } from "../../../lab/control-plane/kubectl";
import { podTemplates } from "../../fixtures/install/pod-templates";
import { namespaces, objectsOf, STRICT, type InstallStage, type Parts } from "./stage";

/** Every part that only adds objects. */
const RESOURCES = [
  "crds",
  "operator",
  "people",
  "network-policy",
  "pod-disruption-budget",
  "service-monitor",
  "prometheus-rule",
  "dashboards",
] as const;

/** The kustomization and its parts, on a real API server. */
export function kustomizationTests(stage: () => InstallStage): void {
  describe("the kustomization", () => {
    it.each<[string, Parts]>([
      ["as it is", { resources: ["."] }],
      [
        "with everything that can be added",
        {
          resources: [...RESOURCES, "bootstrap"],
          components: ["sink-triggers", "access-check"],
        },
      ],
      ["with cert-manager", { resources: [...RESOURCES], components: ["cert-manager"] }],
      [
        "with the module in the image",
        { resources: [".", "service-monitor"], components: ["module-in-image"] },
      ],
      ["for listed namespaces", { resources: ["."], components: ["namespaced"] }],
    ])("is taken under strict validation %s", async (_, parts) => {
      const text = await stage().kustomize(parts);
      await kubectl(stage().cluster, STRICT, { input: namespaces(NAMES.namespace) });
      expect(await stage().accepted(text)).toHaveLength(objectsOf(text).length);
    });

    it("sets the switches that it has the rights for", async () => {
      const text = await stage().kustomize({
        resources: ["."],
        components: ["sink-triggers", "access-check"],
      });
      const settings = objectsOf(text).find(({ metadata }) => metadata.name.startsWith(NAMES.settings));
      expect(settings?.["data"]).toEqual({
        KOLLECT_INSTALL_CRDS: "false",
        KOLLECT_REQUIRE_SINK_ACCESS: "true",
        KOLLECT_SINK_TRIGGERS: "true",
      });
      expect(text.split(`name: ${settings?.metadata.name}`)).toHaveLength(4); // itself and both Deployments
    });

    it("gives the operator of listed namespaces rights in those alone, and sight of its kinds in all", async () => {
      const { cluster, folder } = stage();
      await kubectl(cluster, STRICT, { input: namespaces(NAMES.namespace, "listed", "other") });
      const listed = join(folder, "listed");
      await mkdir(listed);
      const parts = ["namespace", "access-check", "sink-triggers"];
      const resources = parts.map((part) => `../gitops/namespaced/${part}`);
      await writeFile(join(listed, "kustomization.yaml"), JSON.stringify({ namespace: "listed", resources }));
      const rights = await kubectl(cluster, ["kustomize", listed]);
      const operator = await stage().kustomize({ resources: ["operator"], components: ["namespaced"] });
      await kubectl(cluster, STRICT, { input: `${operator}\n---\n${rights}` });
      const can = async (verb: string, resource: string, namespace: string): Promise<string> => {
        const user = `system:serviceaccount:${NAMES.namespace}:${NAMES.operator}`;
        const args = ["auth", "can-i", verb, resource, "-n", namespace, `--as=${user}`];
        return (await tryKubectl(cluster, args)).stdout.trim();
      };
      for (const [verb, resource] of [
        ["get", "secrets"],
        ["patch", "kollectconnectiontests.kollect.dev"],
        ["create", "localsubjectaccessreviews.authorization.k8s.io"],
        ["patch", "kollectdatabasesinks.kollect.dev"],
      ] as const) {
        // The API server reads roles from a cache that a change reaches a moment later.
        await expect.poll(() => can(verb, resource, "listed"), { timeout: 10_000 }).toBe("yes");
        expect(await can(verb, resource, "other"), resource).toBe("no");
      }
      await expect
        .poll(() => can("watch", "kollectdatabasesinks.kollect.dev", "other"), { timeout: 10_000 })
        .toBe("yes");
      expect(await can("list", "secrets", "listed")).toBe("no");
      expect(await can("create", "peprstores.pepr.dev", "listed")).toBe("no");
    });

    it("takes no code from a Secret when the image holds the module", async () => {
      const objects = objectsOf(
        await stage().kustomize({ resources: ["."], components: ["module-in-image"] }),
      );
      const secrets = objects.filter(({ kind }) => kind === "Secret").map(({ metadata }) => metadata.name);
      expect(secrets).toEqual([NAMES.apiPath, NAMES.tls]);
      for (const { name, spec } of podTemplates(objects).filter((pod) => !pod.name.includes("bootstrap"))) {
        expect(spec.containers[0]?.args, name).toEqual(["/app/operator.js"]);
        expect(
          spec.volumes?.map((volume) => volume.name),
          name,
        ).not.toContain("module");
        expect(spec.containers[0]?.securityContext?.readOnlyRootFilesystem, name).toBe(true);
      }
    });
  });
}
