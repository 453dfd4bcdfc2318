import { GROUP, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import { OPERATOR, OPERATOR_SERVICE_ACCOUNT } from "./identity";
import { featureRules, type Feature, type PolicyRule } from "./operator-rules";

const RBAC = "rbac.authorization.k8s.io";

export { OPERATOR, OPERATOR_SERVICE_ACCOUNT };

/** Rights of users on tests, and the cluster's default roles that they are aggregated to. */
export const PEOPLE = {
  editor: { verbs: ["create", "delete", "get", "list", "watch", "patch"], aggregatedTo: ["edit", "admin"] },
  viewer: { verbs: ["get", "list", "watch"], aggregatedTo: ["view"] },
} as const;

function clusterRole(name: string, labels: Record<string, string>, rules: readonly PolicyRule[]): object {
  const metadata = Object.keys(labels).length === 0 ? { name } : { name, labels };
  return { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata, rules };
}

/** A ClusterRole for users, aggregated so that users who may edit or view a namespace need no new binding. */
export function peopleRole(who: keyof typeof PEOPLE): object {
  const { verbs, aggregatedTo } = PEOPLE[who];
  const labels = Object.fromEntries(aggregatedTo.map((role) => [`${RBAC}/aggregate-to-${role}`, "true"]));
  return clusterRole(`kollect-connection-test-${who}`, labels, [
    { apiGroups: [GROUP], resources: [TEST_PLURAL], verbs },
  ]);
}

/** A ClusterRole with the additional rights of a feature, and its binding to the operator's ServiceAccount. */
export function featureRole(feature: Feature, suffix: string): object[] {
  const name = `kollect-connection-test-${suffix}`;
  return [
    clusterRole(name, {}, featureRules(feature)),
    {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name: OPERATOR_SERVICE_ACCOUNT, namespace: OPERATOR.namespace }],
    },
  ];
}
