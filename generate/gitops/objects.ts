import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { OPERATOR, OPERATOR_SERVICE_ACCOUNT } from "../config/identity";

/** Any Kubernetes object. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [member: string]: unknown;
}

/** Path below the rendered folder, and content. */
export type RenderedFile = readonly [path: string, content: string | Uint8Array];

/** Names of the objects of an installation. The framework derives its names from its id, and supports only one namespace. */
export const NAMES = {
  namespace: OPERATOR.namespace,
  operator: OPERATOR_SERVICE_ACCOUNT,
  watcher: `${OPERATOR_SERVICE_ACCOUNT}-watcher`,
  store: `${OPERATOR_SERVICE_ACCOUNT}-store`,
  entryPoint: `${OPERATOR_SERVICE_ACCOUNT}-entry-point`,
  module: `${OPERATOR_SERVICE_ACCOUNT}-module`,
  tls: `${OPERATOR_SERVICE_ACCOUNT}-tls`,
  apiPath: `${OPERATOR_SERVICE_ACCOUNT}-api-path`,
  settings: "kollect-connection-test-settings",
  bootstrap: "kollect-connection-test-bootstrap",
} as const;

const LABELS = {
  "app.kubernetes.io/name": "kollect-connection-test",
  "app.kubernetes.io/part-of": "kollect",
};

/** Prevents GitOps tools from pruning this object, because objects of other users would be deleted with it. */
export const KEEP = {
  "argocd.argoproj.io/sync-options": "Prune=false,Delete=false,ServerSideApply=true",
  "helm.sh/resource-policy": "keep",
  "kustomize.toolkit.fluxcd.io/prune": "disabled",
} as const;

/** Too large for the annotation in which client-side apply stores a copy. */
export const LARGE = { "argocd.argoproj.io/sync-options": "ServerSideApply=true" } as const;

/** The object with the recommended labels added; existing labels take precedence. */
export function labelled<T extends KubeObject>(object: T, more: Readonly<Record<string, string>> = {}): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...LABELS, ...more, ...metadata.labels } } };
}

export function annotated<T extends KubeObject>(object: T, annotations: Readonly<Record<string, string>>): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

/** An object of the installation's namespace. */
export function namespaced(apiVersion: string, kind: string, name: string): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: NAMES.namespace } };
}

/** YAML documents with the members that identify an object first, without anchors and without folded lines. */
export function toYaml(...documents: readonly object[]): string {
  return documents
    .map((document) => stringify(inOrder(document), { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}

function inOrder(document: object): object {
  const { apiVersion, kind, metadata, ...rest } = document as Partial<KubeObject>;
  const first = Object.entries({ apiVersion, kind, metadata }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(first), ...rest };
}

/** Eight hex digits that change with the content. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 8);
}
