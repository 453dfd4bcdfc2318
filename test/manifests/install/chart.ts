import { describe, expect, it } from "vitest";
import { NAMES, type KubeObject } from "../../../install/render/objects";
import { kubectl } from "../../support/control-plane/kubectl";
import { namespaces, objectsOf, STRICT, type InstallStage } from "./stage";

/** The chart, by Helm and on a real API server. */
export function chartTests(stage: () => InstallStage): void {
  describe("the chart", () => {
    const chart = (): string => stage().rendered.chart;
    const release = ["--namespace", NAMES.namespace];
    const ALL = [
      "namespaces={shop,pay}",
      "certificate=cert-manager",
      "moduleInImage=true",
      "networkPolicy.enabled=true",
      "podDisruptionBudget.enabled=true",
      "serviceMonitor.enabled=true",
      "serviceMonitor.labels.release=prometheus",
      "settings.KOLLECT_SINK_TRIGGERS=true",
      "settings.KOLLECT_REQUIRE_SINK_ACCESS=true",
      "settings.KOLLECT_EVENT_QUEUE_SIZE=1000000",
    ].flatMap((value) => ["--set", value]);

    it("passes Helm's own checks", async () => {
      expect(await stage().helm("lint", "--strict", chart(), ...release)).toContain("0 chart(s) failed");
    });

    it("is installed on a real API server, and leaves only the kinds when it is uninstalled", async () => {
      await stage().helm("install", "kollect", chart(), ...release, "--create-namespace");
      const kinds = ["deployment,job,service,secret,configmap", "-n", NAMES.namespace, "-o", "name"];
      const before = await kubectl(stage().cluster, ["get", ...kinds]);
      expect(before).toContain(`deployment.apps/${NAMES.watcher}\n`);
      await stage().helm("uninstall", "kollect", ...release);
      expect(
        await kubectl(stage().cluster, ["get", ...kinds, "-l", "app.kubernetes.io/part-of=kollect"]),
      ).toBe("");
      const webhooks = "mutatingwebhookconfigurations,validatingwebhookconfigurations";
      expect(await kubectl(stage().cluster, ["get", webhooks, "-o", "name"])).toBe("");
      expect(await kubectl(stage().cluster, ["get", "crd", "-o", "name"])).toContain(
        "kollectdatabasesinks.kollect.dev",
      );
    });

    it("has the same objects as the kustomization", async () => {
      const fromChart = objectsOf(await stage().helm("template", "kollect", chart(), ...release)).map(
        withoutHelm,
      );
      const fromGit = objectsOf(await kubectl(stage().cluster, ["kustomize", stage().rendered.gitops])).map(
        withoutKustomize,
      );
      const byName = (list: KubeObject[]): Record<string, KubeObject> =>
        Object.fromEntries(list.map((each) => [`${each.kind} ${each.metadata.name}`, each]));
      const expected = byName(fromGit);
      delete expected[`Namespace ${NAMES.namespace}`];
      expect(byName(fromChart)).toEqual(expected);
    });

    it("renders with every switch what the API server takes", async () => {
      await kubectl(stage().cluster, [...STRICT], { input: namespaces(NAMES.namespace, "shop", "pay") });
      const text = await stage().helm("template", "kollect", chart(), ...release, ...ALL);
      const names = await stage().accepted(text);
      expect(names).toEqual(
        expect.arrayContaining([
          "certificate.cert-manager.io/pepr-kollect-connection-test-tls",
          "servicemonitor.monitoring.coreos.com/pepr-kollect-connection-test",
          "networkpolicy.networking.k8s.io/kollect-connection-test-bootstrap",
          "poddisruptionbudget.policy/pepr-kollect-connection-test",
        ]),
      );
      const settings = objectsOf(text).find(({ metadata }) => metadata.name === NAMES.settings);
      expect(settings?.["data"]).toMatchObject({
        KOLLECT_WATCH_NAMESPACES: "shop,pay",
        KOLLECT_EVENT_QUEUE_SIZE: "1000000",
        KOLLECT_SINK_TRIGGERS: "true",
      });
      expect(text).not.toContain("kind: Secret\nmetadata:\n  name: pepr-kollect-connection-test-module");
    });

    it.each([
      ["an unknown setting", ["--set", "settings.KOLLECT_GRACE=1"], "KOLLECT_GRACE"],
      ["an unknown value", ["--set", "replicas=3"], "replicas"],
      ["a namespace that is none", ["--set", "namespaces={No_Name}"], "namespaces"],
    ])("refuses %s", async (_, args, word) => {
      await expect(stage().helm("template", "kollect", chart(), ...release, ...args)).rejects.toThrow(word);
    });

    it("refuses a namespace that the framework does not know", async () => {
      const elsewhere = stage().helm("template", "kollect", chart(), "--namespace", "shop");
      await expect(elsewhere).rejects.toThrow(`install with --namespace ${NAMES.namespace}`);
    });
  });
}

/** Takes away what Helm must have otherwise: values in place of the ConfigMap's hash, and its own names. */
function withoutHelm(object: KubeObject): KubeObject {
  const text = JSON.stringify(object)
    .replace(/"annotations":\{"checksum\/settings":"[0-9a-f]{64}"\},?/g, "")
    .replace(/(bootstrap-[0-9a-f]{8})-[0-9a-f]{8}/g, "$1")
    .replace(/"(nodeSelector|affinity)":\{\},?/g, "")
    .replace(/"(tolerations|imagePullSecrets)":\[\],?/g, "")
    .replace(/,\}/g, "}");
  return JSON.parse(text) as KubeObject;
}

function withoutKustomize(object: KubeObject): KubeObject {
  const text = JSON.stringify(object).replaceAll(
    new RegExp(`${NAMES.settings}-[a-z0-9]{10}`, "g"),
    NAMES.settings,
  );
  const plain = JSON.parse(text) as KubeObject;
  // What the ConfigMap generator makes has none of our labels.
  if (plain.metadata.name !== NAMES.settings) return plain;
  const labels = {
    "app.kubernetes.io/name": "kollect-connection-test",
    "app.kubernetes.io/part-of": "kollect",
  };
  return { ...plain, metadata: { ...plain.metadata, labels } };
}
