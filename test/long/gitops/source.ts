import type { Artifact, Tree } from "../../../lab/servers/flux/artifacts";
import type { KubeApi } from "../../../lab/operator/kube-api";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A Flux Kustomization, as far as the tests read it. */
export interface Kustomization {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly lastAppliedRevision?: string;
    readonly lastAttemptedRevision?: string;
    readonly lastHandledReconcileAt?: string;
    readonly inventory?: { readonly entries: readonly { readonly id: string; readonly v: string }[] };
  };
}

/** The GitRepository that the recipes name, in a namespace; only its status is ever used. */
export function gitRepository(namespace: string): object {
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: { name: "deployments", namespace },
    spec: { interval: "10m", url: "https://git.example.com/deployments" },
  };
}

/** Writes the status that source-controller writes when it has stored a commit. */
export async function announce(api: KubeApi, namespace: string, artifact: Artifact): Promise<void> {
  const lastTransitionTime = artifact.lastUpdateTime;
  const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "stored", lastTransitionTime };
  await api.request({
    method: "PATCH",
    path: `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/gitrepositories/deployments/status`,
    contentType: "application/merge-patch+json",
    body: { status: { artifact, observedGeneration: 1, conditions: [ready] } },
  });
}

export async function kustomization(api: KubeApi, namespace: string, name: string): Promise<Kustomization> {
  const path = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations/${name}`;
  return (await api.request({ method: "GET", path })) as Kustomization;
}

/** What a Kustomization said of a revision; undefined while it says nothing of it. */
export function saidOf({ status = {} }: Kustomization, revision: string): "passed" | "failed" | undefined {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const word = ready ? `${ready.status} ${ready.reason}` : "";
  if (word.startsWith("True ")) return status.lastAppliedRevision === revision ? "passed" : undefined;
  return word === "False HealthCheckFailed" && status.lastAttemptedRevision === revision
    ? "failed"
    : undefined;
}

/** The application that a gate stands before: it says which commit it is of. */
export function application(commit: number): Tree {
  const metadata = { name: "application" };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { commit: String(commit) } };
  return { "shop/app/application.yaml": JSON.stringify(configMap) };
}
