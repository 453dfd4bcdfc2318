import { describe, expect, it } from "vitest";
import { entryPointRules, namespacedRules } from "../../../generate/config/operator-rules";
import { DASHBOARD_FILE, dashboardJson } from "../../../generate/monitoring/dashboard";
import { ruleGroups } from "../../../generate/monitoring/rules";
import { NAMES, type KubeObject } from "../../../generate/gitops/objects";
import { kubectl } from "../../../lab/control-plane/kubectl";
import { rightsOf, ruleLines } from "../../fixtures/rights";
import { version } from "../../../package.json";
import { namespaces, objectsOf, STRICT, type InstallStage } from "./stage";

/** The API server's limit for the data of a Secret. */
const SECRET_LIMIT_BYTES = 1_048_576;
const IMAGE = ["--set", "image.repository=registry.example/kollect"];
const ACCESS_KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];

/** The chart, by Helm and on a real API server. */
export function chartTests(stage: () => InstallStage): void {
  describe("the chart", () => {
    const chart = (): string => stage().rendered.chart;
    const release = ["--namespace", NAMES.namespace, ...IMAGE];
    const bySecret = ["--namespace", NAMES.namespace, "--set", "moduleInImage=false"];
    const ALL = [
      "namespaces={shop,pay}",
      "certificate=cert-manager",
      "networkPolicy.enabled=true",
      "podDisruptionBudget.enabled=true",
      "serviceMonitor.enabled=true",
      "serviceMonitor.labels.release=prometheus",
      "prometheusRule.enabled=true",
      "prometheusRule.labels.release=prometheus",
      "prometheusRule.additionalRules[0].record=kollect:tests",
      "prometheusRule.additionalRules[0].expr=vector(1)",
      "dashboards.enabled=true",
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
      expect(await recordBytes(stage())).toBeLessThanOrEqual(0.95 * SECRET_LIMIT_BYTES);
      const before = await kubectl(stage().cluster, ["get", ...kinds]);
      expect(before).toContain(`deployment.apps/${NAMES.watcher}\n`);
      await stage().helm("uninstall", "kollect", "--namespace", NAMES.namespace);
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
      const fromChart = objectsOf(await stage().helm("template", "kollect", chart(), ...bySecret)).map(
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
          "prometheusrule.monitoring.coreos.com/kollect-connection-test",
          "configmap/kollect-connection-test-dashboard",
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
      expect(ruleOf(objectsOf(text))).toEqual([
        ...ruleGroups(),
        {
          name: "kollect-connection-test-additional",
          rules: [{ record: "kollect:tests", expr: "vector(1)" }],
        },
      ]);
      const shown = objectsOf(text).find(({ metadata }) => metadata.name.endsWith("-dashboard"));
      expect(shown?.["data"]).toEqual({ [DASHBOARD_FILE]: dashboardJson() });
      expect(text).not.toContain("kind: Secret\nmetadata:\n  name: pepr-kollect-connection-test-module");
    });

    it("gives an operator of listed namespaces its rights there, and elsewhere only what is named", async () => {
      const { cluster: apiServer, helm } = stage();
      const args = ["namespaces={shop,pay}", "settings.KOLLECT_REQUIRE_SINK_ACCESS=true"];
      const listed = args.flatMap((value) => ["--set", value]);
      const objects = objectsOf(await helm("template", "kollect", chart(), ...bySecret, ...listed));
      const access = objects.filter(({ kind }) => ACCESS_KINDS.includes(kind));
      const input = [...access.map((each) => JSON.stringify(each)), namespaces("elsewhere")].join("\n---\n");
      await kubectl(apiServer, [...STRICT], { input: namespaces(NAMES.namespace, "shop", "pay") });
      await kubectl(apiServer, [...STRICT], { input });
      const rules = namespacedRules(["accessCheck"]);
      const everywhere = [...rules.cluster, ...entryPointRules()];
      const expected = {
        shop: [...everywhere, ...rules.namespace],
        pay: [...everywhere, ...rules.namespace],
        elsewhere: everywhere,
        [NAMES.namespace]: [...everywhere, ...rules.framework],
      };

      for (const [namespace, rights] of Object.entries(expected)) {
        // The API server reads roles from a cache that a change reaches a moment later.
        await expect
          .poll(() => rightsOf(apiServer, `${NAMES.namespace}:${NAMES.operator}`, namespace), {
            timeout: 10_000,
          })
          .toEqual(ruleLines(rights));
      }

      expect(ruleLines(everywhere).filter((line) => /secrets|\b(patch|delete|update)\b/.test(line))).toEqual(
        ruleLines(entryPointRules()),
      );
      await kubectl(apiServer, ["delete", "--ignore-not-found", "-f", "-"], { input });
    });

    it.each([
      ["an unknown setting", ["--set", "settings.KOLLECT_GRACE=1"], "KOLLECT_GRACE"],
      ["an unknown value", ["--set", "replicas=3"], "replicas"],
      ["a namespace that is none", ["--set", "namespaces={No_Name}"], "namespaces"],
    ])("refuses %s", async (_, args, word) => {
      await expect(stage().helm("template", "kollect", chart(), ...release, ...args)).rejects.toThrow(word);
    });

    it("runs the module from the image that is named, of the chart's version, and holds it in no Secret", async () => {
      const objects = objectsOf(await stage().helm("template", "kollect", chart(), ...release));
      const images = JSON.stringify(objects).match(/"image":"[^"]+"/g) ?? [];
      expect([...new Set(images)]).toEqual([`"image":"registry.example/kollect:${version}"`]);
      expect(objects.filter(({ metadata }) => metadata.name === NAMES.module)).toEqual([]);
    });

    it("says what to name where no image is", async () => {
      const template = stage().helm("template", "kollect", chart(), "--namespace", NAMES.namespace);
      await expect(template).rejects.toThrow(/image\.repository is empty: build the Dockerfile/);
    });

    it("has no room for the module in the record of a release", async () => {
      const install = stage().helm("install", "kollect", chart(), ...bySecret, "--create-namespace");
      await expect(install).rejects.toThrow(/Too long: (?:may not be more than|must have at most) 1048576/);
    });

    it("refuses a namespace that the framework does not know", async () => {
      const elsewhere = stage().helm("template", "kollect", chart(), "--namespace", "shop", ...IMAGE);
      await expect(elsewhere).rejects.toThrow(`install with --namespace ${NAMES.namespace}`);
    });
  });
}

function ruleOf(objects: readonly KubeObject[]): unknown {
  const rule = objects.find(({ kind }) => kind === "PrometheusRule");
  return (rule?.["spec"] as { groups?: unknown } | undefined)?.groups;
}

/** Bytes of what Helm keeps of the first release; a Secret's limit counts them without base64. */
async function recordBytes({ cluster }: InstallStage): Promise<number> {
  const path = ["-n", NAMES.namespace, "-o", "jsonpath={.data.release}"];
  const text = await kubectl(cluster, ["get", "secret", "sh.helm.release.v1.kollect.v1", ...path]);
  return Buffer.from(text, "base64").length;
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
