import {
  clusterRules,
  entryPointRules,
  featureRules,
  namespacedFeatureRules,
  namespacedRules,
  type Feature,
  type PolicyRule,
} from "../config/operator-rules";
import { labelled, namespaced, NAMES, type KubeObject } from "./objects";

const RBAC = "rbac.authorization.k8s.io";

/** A Role or ClusterRole with the binding to a ServiceAccount of the installation. */
export interface Grant {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly account: string;
  /** Scope: the cluster, or a namespace; "" leaves the namespace to the command that applies it. */
  readonly scope: "cluster" | { readonly namespace: string };
}

/** Role and binding, or ClusterRole and binding. */
export function grant({ name, rules, account, scope }: Grant): KubeObject[] {
  const kind = scope === "cluster" ? "ClusterRole" : "Role";
  const place = scope === "cluster" || scope.namespace === "" ? {} : { namespace: scope.namespace };
  const apiVersion = `${RBAC}/v1`;
  const metadata = { name, ...place };
  const roleRef = { apiGroup: RBAC, kind, name };
  const subjects = [{ kind: "ServiceAccount", name: account, namespace: NAMES.namespace }];
  return [
    labelled({ apiVersion, kind, metadata, rules }),
    labelled({ apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects }),
  ];
}

/** A ServiceAccount whose token is mounted only in pods that request it. */
export function serviceAccount(name: string): KubeObject {
  return labelled({ ...namespaced("v1", "ServiceAccount", name), automountServiceAccountToken: false });
}

/** Rights of an operator that serves every namespace. */
export function clusterAccess(): KubeObject[] {
  return grant({ ...OPERATOR_GRANT, rules: clusterRules().cluster, scope: "cluster" });
}

/** Cluster-wide rights of an operator that serves listed namespaces. */
export function watchAccess(): KubeObject[] {
  return grant({ ...OPERATOR_GRANT, rules: namespacedRules().cluster, scope: "cluster" });
}

/** Rights of the framework's entry point, which is used unless the image contains the module. */
export function entryPointAccess(): KubeObject[] {
  return grant({ ...OPERATOR_GRANT, name: NAMES.entryPoint, rules: entryPointRules(), scope: "cluster" });
}

/** Rights in its own namespace. The framework binds a Role of this name to a missing ServiceAccount. */
export function storeAccess(): KubeObject[] {
  const { framework } = clusterRules();
  const scope = { namespace: NAMES.namespace };
  return grant({ ...OPERATOR_GRANT, name: NAMES.store, rules: framework, scope });
}

/** Rights in one of the listed namespaces. */
export function namespaceAccess(namespace: string): KubeObject[] {
  return grant({ ...OPERATOR_GRANT, rules: namespacedRules().namespace, scope: { namespace } });
}

/** Additional rights of a feature, in every namespace or in one of the listed ones. */
export function featureAccess(feature: Feature, scope: Grant["scope"]): KubeObject[] {
  const rules = scope === "cluster" ? featureRules(feature) : namespacedFeatureRules(feature);
  return grant({
    ...OPERATOR_GRANT,
    name: `kollect-connection-test-${FEATURE_NAMES[feature]}`,
    rules,
    scope,
  });
}

/** Folder and role names of the features. */
export const FEATURE_NAMES: Readonly<Record<Feature, string>> = {
  sinkTriggers: "sink-triggers",
  accessCheck: "access-check",
};

const OPERATOR_GRANT = { name: NAMES.operator, account: NAMES.operator } as const;
