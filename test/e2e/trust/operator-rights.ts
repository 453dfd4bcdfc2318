import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR_SERVICE_ACCOUNT } from "../../../generate/config/roles";
import { writeKubeconfig } from "../../../lab/control-plane/kubeconfig";
import type { Scene } from "../scene/scene";
import { openKubeApi, type KubeApi, type KubeRequest } from "../../../lab/operator/kube-api";

const SINKS = "/apis/kollect.dev/v1alpha1/namespaces/default/kollectdatabasesinks";
const TESTS = "/apis/kollect.dev/v1alpha1/namespaces/default/kollectconnectiontests";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MERGE = "application/merge-patch+json";
const ACCOUNT = `/api/v1/namespaces/pepr-system/serviceaccounts/${OPERATOR_SERVICE_ACCOUNT}`;

/** What a thief of the operator's token would try first. */
const ATTEMPTS: readonly (readonly [string, KubeRequest])[] = [
  ["list the Secrets of the cluster", { method: "GET", path: "/api/v1/secrets" }],
  ["list the Secrets of a namespace", { method: "GET", path: "/api/v1/namespaces/kube-system/secrets" }],
  ["watch Secrets", { method: "GET", path: "/api/v1/secrets?watch=true&timeoutSeconds=1" }],
  [
    "write a Secret",
    { method: "PATCH", path: "/api/v1/namespaces/default/secrets/x", body: {}, contentType: MERGE },
  ],
  ["get a token for itself", { method: "POST", path: `${ACCOUNT}/token`, body: token() }],
  [
    "get a token for another account",
    { method: "POST", path: "/api/v1/namespaces/default/serviceaccounts/default/token", body: token() },
  ],
  ["list pods", { method: "GET", path: "/api/v1/pods" }],
  ["create a pod", { method: "POST", path: "/api/v1/namespaces/default/pods", body: pod() }],
  ["read ConfigMaps", { method: "GET", path: "/api/v1/namespaces/default/configmaps" }],
  ["create a test", { method: "POST", path: TESTS, body: {} }],
  ["write a sink", { method: "PATCH", path: `${SINKS}/x`, body: {}, contentType: MERGE }],
  ["write a sink's status", { method: "PATCH", path: `${SINKS}/x/status`, body: {}, contentType: MERGE }],
  [
    "bind itself to cluster-admin",
    { method: "POST", path: `${RBAC}/clusterrolebindings`, body: adminBinding() },
  ],
  [
    "widen its own role",
    {
      method: "PATCH",
      path: `${RBAC}/clusterroles/${OPERATOR_SERVICE_ACCOUNT}`,
      body: { rules: [] },
      contentType: MERGE,
    },
  ],
  [
    "change the webhooks",
    {
      method: "DELETE",
      path: `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${OPERATOR_SERVICE_ACCOUNT}`,
    },
  ],
  ["read Events", { method: "GET", path: "/apis/events.k8s.io/v1/events" }],
  [
    "change another project's CustomResourceDefinition",
    { method: "PATCH", path: `${CRDS}/other.example.com`, body: {}, contentType: MERGE },
  ],
  ["create a CustomResourceDefinition", { method: "POST", path: CRDS, body: {} }],
  [
    "delete a CustomResourceDefinition",
    {
      method: "DELETE",
      path: `${CRDS}/kollectdatabasesinks.kollect.dev`,
    },
  ],
];

export function operatorRights(scene: () => Scene): void {
  describe.concurrent("the operator's own token", () => {
    let operator: KubeApi;

    beforeAll(async () => {
      const { directory } = scene().stage.operator;
      const { url, ca } = scene().stage.api;
      const kubeconfig = join(directory, "stolen.kubeconfig");
      await writeKubeconfig(kubeconfig, {
        context: "stolen",
        cluster: {
          server: url,
          ...(ca ? { "certificate-authority-data": Buffer.from(ca).toString("base64") } : {}),
        },
        user: { token: readFileSync(join(directory, "token"), "utf8") },
      });
      operator = await openKubeApi(kubeconfig, "stolen");
    });
    afterAll(() => operator.close());

    it("is the operator's", async () => {
      const path = "/apis/kollect.dev/v1alpha1/kollectconnectiontests?limit=1";
      await expect(operator.request({ method: "GET", path })).resolves.toMatchObject({
        items: expect.any(Array),
      });
    });

    it.for(ATTEMPTS)("does not let any client %s", async ([, request]) => {
      await expect(operator.request(request)).rejects.toMatchObject({ status: 403 });
    });
  });
}

function token(): object {
  return { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } };
}

function pod(): object {
  const spec = { containers: [{ name: "x", image: "x" }] };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec };
}

function adminBinding(): object {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "own-admin" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: OPERATOR_SERVICE_ACCOUNT, namespace: "pepr-system" }],
  };
}
