import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../generate/gitops/objects";
import { KubeApiError, type KubeApi } from "./kube-api";

export type { KubeObject };

/** Field manager and value of the label `app.kubernetes.io/managed-by` of what is applied from a checkout. */
export const LAUNCHER = "kollect-operator-launcher";
export const MANAGED_BY = "app.kubernetes.io/managed-by";

const ESTABLISH_DEADLINE_MS = 15_000;

/** Plural names of the kinds that the operator's installation consists of. */
const PLURALS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  ServiceAccount: "serviceaccounts",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  CustomResourceDefinition: "customresourcedefinitions",
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
};

/** Every document of a YAML file. Throws when one of them does not parse. */
export function readObjects(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, "utf8")).flatMap((document) => {
    if (document.errors[0]) throw new Error(`${file}: ${document.errors[0].message}`);
    return document.contents === null ? [] : [document.toJS() as KubeObject];
  });
}

/** Path of an object of a kind listed above. */
export function objectPath(object: KubeObject): string {
  const plural = PLURALS[object.kind];
  if (!plural) throw new Error(`${object.kind} is not among the kinds that the launcher applies`);
  const root = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const { name, namespace } = object.metadata;
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${plural}/${encodeURIComponent(name)}`;
}

/** Server-side apply, forced, with the launcher's label. */
export async function applyObject(api: KubeApi, object: KubeObject): Promise<void> {
  const labels = { ...object.metadata.labels, [MANAGED_BY]: LAUNCHER };
  await api.request({
    method: "PATCH",
    path: `${objectPath(object)}?fieldManager=${LAUNCHER}&force=true&fieldValidation=Strict`,
    contentType: "application/apply-patch+yaml",
    body: { ...object, metadata: { ...object.metadata, labels } },
  });
}

/** The object, or undefined when there is none. */
export async function readObject(api: KubeApi, object: KubeObject): Promise<KubeObject | undefined> {
  return (await unlessMissing(api.request({ method: "GET", path: objectPath(object) }))) as
    | KubeObject
    | undefined;
}

/** Deletes the object if it is there. */
export async function deleteObject(api: KubeApi, object: KubeObject): Promise<void> {
  await unlessMissing(api.request({ method: "DELETE", path: objectPath(object) }));
}

/** Applies a CustomResourceDefinition and waits until objects of it can be stored. */
export async function installCrd(api: KubeApi, crd: KubeObject): Promise<void> {
  await applyObject(api, crd);
  const deadline = Date.now() + ESTABLISH_DEADLINE_MS;
  while (!isEstablished(await readObject(api, crd))) {
    if (Date.now() > deadline)
      throw new Error(`CRD ${crd.metadata.name} was applied, but is not established`);
    await sleep(50);
  }
}

function isEstablished(crd: KubeObject | undefined): boolean {
  const status = crd?.["status"] as { conditions?: { type: string; status: string }[] } | undefined;
  return status?.conditions?.some(({ type, status }) => type === "Established" && status === "True") ?? false;
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 404) return undefined;
    throw error;
  }
}
