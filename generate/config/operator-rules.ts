import { GROUP, SINK_FAMILIES, SINK_KINDS, TEST_PLURAL } from "../../capabilities/api/vocabulary";

/** An RBAC rule as a Role holds it. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Switches of the operator that need rights of their own; both are off by default. */
export const FEATURES = ["sinkTriggers", "accessCheck"] as const;
export type Feature = (typeof FEATURES)[number];

/** One right of the operator. `scope` says where it is needed when the operator serves listed namespaces. */
export interface OperatorRight {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /**
   * `cluster`: always cluster-wide. `namespace`: only where tests are served. `watch`: the framework watches
   * a kind in all namespaces whatever it is asked to serve, so list and watch stay cluster-wide.
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

/** Everything that the operator may do, by the feature that needs it. All its roles are made of this table. */
export const OPERATOR_RIGHTS: Readonly<Record<"base" | Feature, readonly OperatorRight[]>> = {
  base: [
    right(
      `${TEST_PLURAL}@${GROUP}`,
      ["get", "list", "watch", "patch", "delete"],
      "watch",
      "Follow tests, set their owner reference, delete them after their TTL",
    ),
    right(`${TEST_PLURAL}/status@${GROUP}`, ["update", "patch"], "namespace", "Write the outcome"),
    ...sinks.map((sink) =>
      right(`${sink}@${GROUP}`, ["get", "list", "watch"], "watch", "Read the sink; notice one that appears"),
    ),
    right("secrets", ["get"], "namespace", "Read the Secrets that a sink names, by name only"),
    right("events@events.k8s.io", ["create", "patch"], "namespace", "Report verdicts"),
    right(
      "customresourcedefinitions@apiextensions.k8s.io",
      ["create", "patch"],
      "cluster",
      "Pepr applies the CRD of its store at every start",
    ),
    right(
      "peprstores@pepr.dev",
      ["create", "get", "list", "patch", "watch"],
      "framework",
      "Pepr keeps its store, and starts watches when it is ready",
    ),
  ],
  sinkTriggers: sinks.flatMap((sink) => [
    right(`${sink}@${GROUP}`, ["patch"], "namespace", "Remove the annotation that asked for a probe"),
    right(`${sink}/status@${GROUP}`, ["patch"], "namespace", "Write ConnectionVerified of the sink"),
  ]),
  accessCheck: [
    right(
      "subjectaccessreviews@authorization.k8s.io",
      ["create"],
      "cluster",
      "Ask whether the requester may get the sink",
    ),
  ],
};

/** Rights of the features, with those of the same resource merged: Pepr compares rules by resource alone. */
function merged(rights: readonly OperatorRight[]): PolicyRule[] {
  const verbs = new Map<string, Set<string>>();
  for (const { group, resource, verbs: added } of rights) {
    const key = `${group}\n${resource}`;
    verbs.set(key, new Set([...(verbs.get(key) ?? []), ...added]));
  }
  return [...verbs].map(([key, words]) => {
    const [group = "", resource = ""] = key.split("\n");
    return { apiGroups: [group], resources: [resource], verbs: [...words] };
  });
}

function rightsOf(features: readonly Feature[]): OperatorRight[] {
  return [...OPERATOR_RIGHTS.base, ...features.flatMap((feature) => OPERATOR_RIGHTS[feature])];
}

/** The operator's rules when it serves every namespace: `pepr.rbac` of package.json is this without features. */
export function operatorRules(features: readonly Feature[] = []): PolicyRule[] {
  return merged(rightsOf(features));
}

/** What one feature adds to {@link operatorRules}, for a role of its own. */
export function featureRules(feature: Feature): PolicyRule[] {
  return merged(OPERATOR_RIGHTS[feature]);
}

/** The operator's rules when it serves every namespace, each where it is needed. */
export interface ClusterRules {
  readonly cluster: PolicyRule[];
  /** For a Role in the framework's namespace. */
  readonly framework: PolicyRule[];
}

/** Splits {@link operatorRules}: what only the framework's own namespace needs is no right in all of them. */
export function clusterRules(features: readonly Feature[] = []): ClusterRules {
  const rights = rightsOf(features);
  return {
    cluster: merged(rights.filter(({ scope }) => scope !== "framework")),
    framework: merged(rights.filter(({ scope }) => scope === "framework")),
  };
}

/** The operator's rules when it serves listed namespaces only. */
export interface NamespacedRules {
  /** What must stay cluster-wide. Nothing in it reads a Secret or writes to an object of a namespace. */
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

/** What one feature adds to {@link NamespacedRules.namespace}. */
export function namespacedFeatureRules(feature: Feature): PolicyRule[] {
  return merged(OPERATOR_RIGHTS[feature].map(local).filter(({ scope }) => scope === "namespace"));
}

/** Where namespaces are listed, access is reviewed in each of them. */
function local(each: OperatorRight): OperatorRight {
  if (each.resource !== "subjectaccessreviews") return each;
  return { ...each, resource: "localsubjectaccessreviews", scope: "namespace" };
}
