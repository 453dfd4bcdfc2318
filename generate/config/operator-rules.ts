import { GROUP, PLURALS, SINK_FAMILIES, SINK_KINDS, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import { STORE_CRD, STORES } from "./identity";

/** An RBAC rule of a Role. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  /** The only objects that the rule applies to; absent if their names cannot be known. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Optional features of the operator that need additional rights; both are off by default. */
export const FEATURES = ["sinkTriggers", "accessCheck"] as const;
export type Feature = (typeof FEATURES)[number];

/**
 * Ways of installing that need additional rights. `entryPoint`: the framework's entry point loads the module, unless
 * the image contains the module. `installCrds`: the operator installs its CRDs, after `pepr deploy`; the chart and the
 * manifests for Git include them.
 */
export const WAYS = ["entryPoint", "installCrds"] as const;
export type Way = (typeof WAYS)[number];

/** One right of the operator. `scope` says where it is needed if the operator serves listed namespaces. */
export interface OperatorRight {
  readonly group: string;
  readonly resource: string;
  /** See {@link PolicyRule.resourceNames}. */
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
  /**
   * `cluster`: always cluster-wide. `namespace`: only where tests are served. `watch`: the framework watches
   * a kind in all namespaces regardless of the settings, so list and watch stay cluster-wide.
   * `framework`: only in the framework's own namespace.
   */
  readonly scope: "cluster" | "namespace" | "watch" | "framework";
  readonly why: string;
}

const sinks = SINK_KINDS.map((kind) => SINK_FAMILIES[kind].plural);

function right(
  resource: string,
  verbs: readonly string[],
  scope: OperatorRight["scope"],
  why: string,
): OperatorRight {
  const [name, group = ""] = resource.split("@");
  return { group, resource: name ?? resource, verbs, scope, why };
}

/**
 * A right to apply these CustomResourceDefinitions. A server-side apply of a missing one needs `create`, which the
 * API server checks with the name, so that nothing else can be created: a POST has no name and is refused.
 */
function applyCrds(names: readonly string[], why: string): OperatorRight {
  return {
    ...right("customresourcedefinitions@apiextensions.k8s.io", ["create", "patch"], "cluster", why),
    names,
  };
}

/** All rights of the operator, by the feature that needs them. All its roles are generated from this table. */
export const OPERATOR_RIGHTS: Readonly<Record<"base" | Way | Feature, readonly OperatorRight[]>> = {
  base: [
    right(
      `${TEST_PLURAL}@${GROUP}`,
      ["get", "list", "watch", "patch", "delete"],
      "watch",
      "Watch tests, set their owner reference, delete them after their TTL",
    ),
    right(`${TEST_PLURAL}/status@${GROUP}`, ["update", "patch"], "namespace", "Write the verdict"),
    ...sinks.map((sink) =>
      right(`${sink}@${GROUP}`, ["get", "list", "watch"], "watch", "Read the sink; detect a new one"),
    ),
    right("secrets", ["get"], "namespace", "Read the Secrets that a sink names, by name only"),
    right("events@events.k8s.io", ["create", "patch"], "namespace", "Report verdicts"),
    {
      ...right(
        "peprstores@pepr.dev",
        ["create", "get", "list", "patch", "watch"],
        "framework",
        "Pepr stores its state, and starts watches when the store is ready",
      ),
      names: STORES,
    },
  ],
  entryPoint: [applyCrds([STORE_CRD], "Pepr applies the CRD of its store at every start")],
  installCrds: [
    applyCrds(
      PLURALS.map((plural) => `${plural}.${GROUP}`),
      "Install the operator's CRDs if they are missing",
    ),
  ],
  sinkTriggers: sinks.flatMap((sink) => [
    right(`${sink}@${GROUP}`, ["patch"], "namespace", "Remove the annotation that requested a probe"),
    right(`${sink}/status@${GROUP}`, ["patch"], "namespace", "Write ConnectionVerified of the sink"),
  ]),
  accessCheck: [
    right(
      "subjectaccessreviews@authorization.k8s.io",
      ["create"],
      "cluster",
      "Check whether the requester may get the sink",
    ),
  ],
};

/**
 * Rights as rules: verbs of the same resource are merged, and so are names with the same verbs. Pepr compares rules
 * only by resource and keeps the names of the first.
 */
function merged(rights: readonly OperatorRight[]): PolicyRule[] {
  const rules = new Map<string, { right: OperatorRight; names: Set<string>; verbs: Set<string> }>();
  for (const each of rights) {
    const { group, resource, names = [], verbs } = each;
    const key = [group, resource, ...(names.length > 0 ? verbs : [])].join("\n");
    const rule = rules.get(key) ?? { right: each, names: new Set(), verbs: new Set() };
    for (const name of names) rule.names.add(name);
    for (const verb of verbs) rule.verbs.add(verb);
    rules.set(key, rule);
  }
  return [...rules.values()].map(({ right: { group, resource }, names, verbs }) => ({
    apiGroups: [group],
    resources: [resource],
    ...(names.size > 0 ? { resourceNames: [...names] } : {}),
    verbs: [...verbs],
  }));
}

function rightsOf(parts: readonly (Way | Feature)[]): OperatorRight[] {
  return [...OPERATOR_RIGHTS.base, ...parts.flatMap((part) => OPERATOR_RIGHTS[part])];
}

/**
 * The operator's rules when `pepr deploy` installs it and it serves every namespace: `pepr.rbac` of package.json is this
 * without features.
 */
export function operatorRules(features: readonly Feature[] = []): PolicyRule[] {
  return merged(rightsOf([...WAYS, ...features]));
}

/** Rights of the framework's entry point, for a role that is omitted if the image contains the module. */
export function entryPointRules(): PolicyRule[] {
  return merged(OPERATOR_RIGHTS.entryPoint);
}

/** Rules that one feature adds to {@link operatorRules}, for a separate role. */
export function featureRules(feature: Feature): PolicyRule[] {
  return merged(OPERATOR_RIGHTS[feature]);
}

/** The operator's rules when it serves every namespace, each where it is needed. */
export interface ClusterRules {
  readonly cluster: PolicyRule[];
  /** For a Role in the framework's namespace. */
  readonly framework: PolicyRule[];
}

/** Splits {@link operatorRules}, so that rights for the framework's namespace are not granted in all namespaces. */
export function clusterRules(features: readonly Feature[] = []): ClusterRules {
  const rights = rightsOf(features);
  return {
    cluster: merged(rights.filter(({ scope }) => scope !== "framework")),
    framework: merged(rights.filter(({ scope }) => scope === "framework")),
  };
}

/** The operator's rules if it serves only listed namespaces. */
export interface NamespacedRules {
  /** Rights that must stay cluster-wide. None of them reads a Secret or writes to a namespaced object. */
  readonly cluster: PolicyRule[];
  /** For a Role in each listed namespace. */
  readonly namespace: PolicyRule[];
  /** For a Role in the framework's namespace. */
  readonly framework: PolicyRule[];
}

/** Splits the same table for an operator that serves listed namespaces; the access check becomes a local one. */
export function namespacedRules(features: readonly Feature[] = []): NamespacedRules {
  const rights = rightsOf(features).map(local);
  const only = (scope: OperatorRight["scope"]): OperatorRight[] =>
    rights.filter((each) => each.scope === scope);
  const watched = only("watch");
  const watching = ["list", "watch"];
  const part = (keep: boolean): OperatorRight[] =>
    watched.map((each) => ({
      ...each,
      verbs: each.verbs.filter((verb) => watching.includes(verb) === keep),
    }));
  return {
    cluster: merged([...part(true), ...only("cluster")]),
    namespace: merged([...part(false), ...only("namespace")]),
    framework: merged(only("framework")),
  };
}

/** Rules that one feature adds to {@link NamespacedRules.namespace}. */
export function namespacedFeatureRules(feature: Feature): PolicyRule[] {
  return merged(OPERATOR_RIGHTS[feature].map(local).filter(({ scope }) => scope === "namespace"));
}

/** With listed namespaces, access is reviewed in each of them. */
function local(each: OperatorRight): OperatorRight {
  if (each.resource !== "subjectaccessreviews") return each;
  return { ...each, resource: "localsubjectaccessreviews", scope: "namespace" };
}
