import { describe, expect, it } from "vitest";
import { clusterRules, entryPointRules } from "../../../generate/config/operator-rules";
import { OPERATOR_SERVICE_ACCOUNT } from "../../../generate/config/roles";
import { grant } from "../scene/grant";
import { connectionTest } from "../../../lab/drafts";
import { rightsOf, ruleLines } from "../../fixtures/rights";
import type { Scene } from "../scene/scene";

const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const OPERATOR = `system:serviceaccount:pepr-system:${OPERATOR_SERVICE_ACCOUNT}`;

/** The page's row for the operator, less the verbs on Secrets that nothing needs, and what the framework needs. */
const OPERATOR_VERBS: readonly (readonly [string, string, readonly string[]])[] = [
  ["kollect.dev", "kollectconnectiontests", ["get", "list", "watch", "patch", "delete"]],
  ["kollect.dev", "kollectconnectiontests/status", ["update", "patch"]],
  ["kollect.dev", "kollectsnapshotsinks", ["get", "list", "watch"]],
  ["kollect.dev", "kollectdatabasesinks", ["get", "list", "watch"]],
  ["kollect.dev", "kollecteventsinks", ["get", "list", "watch"]],
  ["kollect.dev", "kollectdatabasesinks/status", []],
  ["", "secrets", ["get"]],
  ["events.k8s.io", "events", ["create", "patch"]],
  ["", "events", []],
  ["apiextensions.k8s.io", "customresourcedefinitions", []],
  // In the framework's own namespace, and by name.
  ["pepr.dev", "peprstores", []],
  ["", "configmaps", []],
  ["", "pods", []],
  ["", "namespaces", []],
  ["", "serviceaccounts/token", []],
  ["rbac.authorization.k8s.io", "clusterrolebindings", []],
  ["admissionregistration.k8s.io", "mutatingwebhookconfigurations", []],
];

export function access(scene: () => Scene): void {
  const may = async (user: string, group: string, path: string, verb: string): Promise<boolean> => {
    const [resource, subresource] = path.split("/");
    const resourceAttributes = { group, resource, subresource, verb, namespace: "default" };
    const answer = (await scene().stage.api.request({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user, groups: ["system:serviceaccounts", "system:authenticated"], resourceAttributes },
      },
    })) as { status: { allowed: boolean } };
    return answer.status.allowed;
  };

  describe.concurrent("RBAC", () => {
    it.for(OPERATOR_VERBS)("gives the operator in %s on %s exactly %j", async ([group, resource, verbs]) => {
      const answers = await Promise.all(VERBS.map((verb) => may(OPERATOR, group, resource, verb)));

      expect(VERBS.filter((_, index) => answers[index])).toEqual(verbs);
    });

    it.for(["default", "kube-system", "pepr-system"])(
      "gives the operator nothing else in %s",
      async (namespace) => {
        const { cluster, framework } = clusterRules();
        const everywhere = [...cluster, ...entryPointRules()];
        const rules = namespace === "pepr-system" ? [...everywhere, ...framework] : everywhere;

        const rights = await rightsOf(
          scene().stage.cluster,
          `pepr-system:${OPERATOR_SERVICE_ACCOUNT}`,
          namespace,
        );

        expect(rights).toEqual(ruleLines(rules));
      },
    );

    it("lets CI with the page's verbs on tests trigger a probe, wait for it and clean up, and nothing else", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const verbs = ["create", "delete", "get", "list", "watch"] as const;
      await grant(scene(), namespace, "ci", verbs);
      const { stage } = scene();
      const kubeconfig = stage.cluster.userKubeconfig("ci");
      const ci = (...args: string[]): Promise<string> =>
        stage.kubectl(["-n", namespace, ...args], { kubeconfig });
      const input = JSON.stringify(connectionTest(namespace, "probe", "orders"));

      await stage.kubectl(["create", "-f", "-"], { kubeconfig, input });
      await ci("wait", "--for=condition=ConnectionVerified", "kconntest/probe", "--timeout=20s");
      expect(await ci("get", "kconntest")).toMatch(/probe +orders +postgres +True/);
      expect(await ci("get", "kconntest", "probe", "-o", "jsonpath={.status.requestedBy}")).toBe("ci");

      const forbidden = [
        ["patch", "kconntest", "probe", "--type=merge", "-p", '{"spec":{"retryLimit":1}}'],
        [
          "patch",
          "kconntest",
          "probe",
          "--subresource=status",
          "--type=merge",
          "-p",
          '{"status":{"completed":false}}',
        ],
        ["get", "secrets"],
        ["get", "kollectdatabasesinks"],
      ];
      for (const args of forbidden) {
        const refused = await stage.tryKubectl(["-n", namespace, ...args], { kubeconfig });
        expect(refused.stderr, args.join(" ")).toMatch(/Forbidden|forbidden/);
      }
      expect(await ci("delete", "kconntest", "probe")).toContain("deleted");
    });
  });
}
