import { waitUntil } from "../../../lab/control-plane/wait";
import type { KubeApi } from "../../../lab/operator/kube-api";
import type { Scene } from "./scene";

/** What a user may do, or may not. */
export interface Right {
  /** `kollect.dev` when absent. */
  readonly group?: string;
  /** As the API server names users: `system:serviceaccount:NAMESPACE:NAME` for a ServiceAccount. */
  readonly user: string;
  readonly namespace: string;
  readonly verb: string;
  /** Plural, with the subresource after a slash. */
  readonly resource: string;
}

/** Lets a user do something in a namespace, and returns when it is in effect. */
export async function grant(
  { objects, stage }: Scene,
  namespace: string,
  user: string,
  verbs: readonly [string, ...string[]],
  resources: readonly [string, ...string[]] = ["kollectconnectiontests"],
): Promise<void> {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name: `tests-${user}`, namespace };
  const rules = [{ apiGroups: ["kollect.dev"], resources, verbs }];
  await objects.create({ apiVersion, kind: "Role", metadata, rules });
  await objects.create({
    apiVersion,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
  });
  await untilInEffect(stage.api, { user, namespace, verb: verbs[0], resource: resources[0] }, true);
}

/** The authorizer reads roles and bindings from caches, which a change reaches a moment after it is written. */
export async function untilInEffect(api: KubeApi, right: Right, allowed: boolean): Promise<void> {
  const { user, namespace, verb, group = "kollect.dev" } = right;
  const [resource, subresource] = right.resource.split("/");
  const resourceAttributes = { group, namespace, verb, resource, subresource };
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user, resourceAttributes },
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  await waitUntil({ what: "the effect of a change of rights", timeoutMs: 10_000 }, async () => {
    const review = (await api.request({ method: "POST", path, body })) as { status: { allowed: boolean } };
    return review.status.allowed === allowed ? true : undefined;
  });
}
