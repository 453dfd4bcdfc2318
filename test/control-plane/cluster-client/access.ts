import { KubeConfig } from "@kubernetes/client-node";
import { beforeAll, describe, expect, it } from "vitest";
import { connectCluster } from "../../../capabilities/kube/connect";
import { clock, type Stage } from "./stage";

export function access(stage: Stage): void {
  describe("mayGetSink", () => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop";
    const sinkKind = "KollectDatabaseSink";

    beforeAll(async () => {
      const apiVersion = "rbac.authorization.k8s.io/v1";
      const rules = [
        {
          apiGroups: ["kollect.dev"],
          resources: ["kollectdatabasesinks"],
          resourceNames: ["orders"],
          verbs: ["get"],
        },
      ];
      await stage.create(`${rbac}/roles`, { apiVersion, kind: "Role", metadata: { name: "orders" }, rules });
      await stage.create(`${rbac}/rolebindings`, {
        apiVersion,
        kind: "RoleBinding",
        metadata: { name: "orders" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "orders" },
        subjects: [
          { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" },
          { apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "team" },
        ],
      });
    });

    const alice = { username: "alice" };
    const member = {
      username: "bob",
      groups: ["team"],
      uid: "7",
      extra: { "example.com/scope": ["a", "b"] },
    };
    const cases = [
      ["a user who may", { user: alice, sinkKind, namespace: "shop", name: "orders" }, true],
      ["a member of a group that may", { user: member, sinkKind, namespace: "shop", name: "orders" }, true],
      ["another sink", { user: alice, sinkKind, namespace: "shop", name: "invoices" }, false],
      ["another namespace", { user: alice, sinkKind, namespace: "default", name: "orders" }, false],
      [
        "another kind",
        { user: alice, sinkKind: "KollectEventSink", namespace: "shop", name: "orders" },
        false,
      ],
      ["another user", { user: { username: "mallory" }, sinkKind, namespace: "shop", name: "orders" }, false],
    ] as const;

    it.each(cases)("answers for %s", async (_name, request, expected) => {
      const user = { ...request.user, ...("groups" in request.user ? member : {}) } as typeof member;
      // The authorizer reads roles from a cache that a new binding reaches a moment later.
      await expect
        .poll(() => stage.connected.cluster.mayGetSink({ ...request, user }), { timeout: 10_000 })
        .toBe(expected);
    });

    it.each(cases)("answers for %s by a review of the namespace alone", async (_name, request, expected) => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromFile(stage.plane.kubeconfig);
      const options = {
        clock,
        log: stage.log,
        version: "local",
        instance: "operator-1",
        kubeConfig,
        localAccessReviews: true,
      };
      const local = await connectCluster(options);
      const user = { ...request.user, ...("groups" in request.user ? member : {}) } as typeof member;
      expect(await local.cluster.mayGetSink({ ...request, user })).toBe(expected);
      local.close();
    });
  });
}
