import { SINK_FAMILIES, TEST_KIND, TEST_PLURAL } from "../../../capabilities/api/vocabulary";
import type { ObjectMeta } from "../../../capabilities/api/types";
import { KubeApiError, type KubeApi } from "../../../lab/operator/kube-api";

/** An object to send; what the API server fills in may be left out. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly [member: string]: unknown;
}

/** Names an object; every object and manifest is one. */
export interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Objects of the API server, as one user. Everything rejects with `KubeApiError` for an answer but 2xx. */
export interface Objects {
  /** The object as the API server stored it, with the type that was sent. */
  create<T extends Named>(object: T): Promise<T & { metadata: ObjectMeta }>;
  /** Undefined when there is none. */
  read<T extends Named>(object: T): Promise<(T & { metadata: ObjectMeta }) | undefined>;
  /** A merge patch; `subresource` is `status` or none. */
  patch<T extends Named>(
    object: T,
    change: object,
    subresource?: string,
  ): Promise<T & { metadata: ObjectMeta }>;
  /** A JSON patch, RFC 6902. */
  jsonPatch(object: Named, operations: readonly object[]): Promise<unknown>;
  /** Server-side apply, forced. */
  apply<T extends Named>(object: T): Promise<T & { metadata: ObjectMeta }>;
  replace<T extends Named>(object: T, subresource?: string): Promise<T & { metadata: ObjectMeta }>;
  remove(object: Named): Promise<void>;
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  Secret: "secrets",
  ConfigMap: "configmaps",
  Role: "roles",
  RoleBinding: "rolebindings",
  ClusterRole: "clusterroles",
  CustomResourceDefinition: "customresourcedefinitions",
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
  [TEST_KIND]: TEST_PLURAL,
  ...Object.fromEntries(Object.entries(SINK_FAMILIES).map(([kind, { plural }]) => [kind, plural])),
};

export function objectsOf(api: KubeApi): Objects {
  const send = async <T>(method: Method, path: string, body?: unknown, contentType?: string): Promise<T> =>
    (await api.request({ method, path, body, ...(contentType ? { contentType } : {}) })) as T;
  return {
    create: (object) => send("POST", collectionPath(object), object),
    read: async (object) => {
      try {
        return await send("GET", pathOf(object));
      } catch (error) {
        if (error instanceof KubeApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    patch: (object, change, subresource) =>
      send("PATCH", pathOf(object, subresource), change, "application/merge-patch+json"),
    jsonPatch: (object, operations) =>
      send("PATCH", pathOf(object), operations, "application/json-patch+json"),
    apply: (object) =>
      send(
        "PATCH",
        `${pathOf(object)}?fieldManager=tests&force=true`,
        object,
        "application/apply-patch+yaml",
      ),
    replace: (object, subresource) => send("PUT", pathOf(object, subresource), object),
    remove: (object) => send("DELETE", pathOf(object)),
  };
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export function collectionPath({ apiVersion, kind, metadata }: Named): string {
  const plural = PLURALS[kind];
  if (!plural) throw new Error(`${kind} is not among the kinds that the tests use`);
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? "" : `/namespaces/${metadata.namespace}`;
  return `${root}${scope}/${plural}`;
}

function pathOf(object: Named, subresource?: string): string {
  const path = `${collectionPath(object)}/${encodeURIComponent(object.metadata.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
