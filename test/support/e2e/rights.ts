import { kubectl } from "../control-plane/kubectl";
import type { Cluster } from "../control-plane/types";

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * Everything that a ServiceAccount, `namespace:name`, may do in a namespace beyond what every ServiceAccount may, as
 * the API server itself lists it: one line `group/resource: verbs` for each resource, sorted.
 */
export async function rightsOf(cluster: Cluster, account: string, namespace: string): Promise<string[]> {
  const [own, anybody] = await Promise.all(
    [account, `${namespace}:nobody-in-particular`].map((each) => rulesOf(cluster, each, namespace)),
  );
  return ruleLines((own ?? []).filter((rule) => !anybody?.some((other) => same(rule, other))));
}

/** Rules as lines, sorted, so that they compare whatever their order. */
export function ruleLines(rules: readonly Rule[]): string[] {
  const verbs = new Map<string, Set<string>>();
  for (const { apiGroups = [], resources = [], resourceNames, verbs: words } of rules) {
    const names = resourceNames ? ` named ${JSON.stringify(resourceNames)}` : "";
    for (const resource of apiGroups.flatMap((group) =>
      resources.map((each) => `${group}/${each}${names}`),
    )) {
      verbs.set(resource, new Set([...(verbs.get(resource) ?? []), ...words]));
    }
  }
  return [...verbs].map(([resource, words]) => `${resource}: ${[...words].sort().join(",")}`).sort();
}

async function rulesOf(cluster: Cluster, account: string, namespace: string): Promise<readonly Rule[]> {
  const groups = ["system:serviceaccounts", "system:authenticated"];
  const as = [`--as=system:serviceaccount:${account}`, ...groups.map((group) => `--as-group=${group}`)];
  const kind = "SelfSubjectRulesReview";
  const input = JSON.stringify({ apiVersion: "authorization.k8s.io/v1", kind, spec: { namespace } });
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const answer = await kubectl(cluster, [...as, "create", "--raw", path, "-f", "-"], { input });
  const { status } = JSON.parse(answer) as {
    status: { incomplete: boolean; resourceRules: readonly Rule[] };
  };
  if (status.incomplete) throw new Error("the API server's list of rights is not complete");
  return status.resourceRules;
}

function same(one: Rule, other: Rule): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
