import { KubeApiError, type KubeApi } from "../operator/kube-api";
import {
  fieldOf,
  type Container,
  type EnvSource,
  type EnvVar,
  type Item,
  type KeyRef,
  type Pod,
} from "./pod";

/** What a Secret or a ConfigMap holds, decoded. */
export type Data = ReadonlyMap<string, Buffer>;

/** The API server of one pod's namespace. */
export interface Configuration {
  readonly api: KubeApi;
  readonly pod: Pod;
}

/**
 * The data of a Secret or ConfigMap of the pod's namespace; empty when it is missing and optional. Rejects with
 * `KubeApiError` 404 when it is missing, which a kubelet takes for "not yet".
 */
export async function readData(
  { api, pod }: Configuration,
  kind: "secrets" | "configmaps",
  { name, optional = false }: { readonly name: string; readonly optional?: boolean },
): Promise<Data> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`;
  try {
    const found = (await api.request({ method: "GET", path })) as Stored;
    const encoded = kind === "secrets" ? found.data : found.binaryData;
    return new Map([
      ...Object.entries(encoded ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")] as const),
      ...(kind === "secrets" ? [] : Object.entries(found.data ?? {})).map(
        ([key, value]) => [key, Buffer.from(value)] as const,
      ),
    ]);
  } catch (error) {
    if (optional && error instanceof KubeApiError && error.status === 404) return new Map();
    throw error;
  }
}

interface Stored {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** The files that a volume shows of some data: all keys, or the chosen ones at their paths. */
export function filesOf(data: Data, items?: readonly Item[]): [path: string, content: Buffer][] {
  if (!items) return [...data];
  return items.map(({ key, path }) => [path, valueOf(data, key)]);
}

function valueOf(data: Data, key: string): Buffer {
  const value = data.get(key);
  if (value !== undefined) return value;
  // A kubelet waits for a key as it waits for the object.
  throw new KubeApiError(404, `a Secret or ConfigMap that the pod names has no key ${key}`);
}

/** A container's own environment: `envFrom`, then `env`, which may refer to what stands before it by `$(NAME)`. */
export async function environmentOf(
  where: Configuration,
  { env = [], envFrom = [] }: Container,
): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const source of envFrom) Object.assign(result, await sourced(where, source));
  for (const variable of env) {
    const value = await resolved(where, variable);
    if (value !== undefined) result[variable.name] = expand(value, result);
  }
  return result;
}

async function sourced(where: Configuration, source: EnvSource): Promise<Record<string, string>> {
  const { prefix = "", secretRef, configMapRef } = source;
  const data = secretRef
    ? await readData(where, "secrets", secretRef)
    : await readData(where, "configmaps", required(configMapRef, "envFrom"));
  return Object.fromEntries([...data].map(([key, value]) => [prefix + key, value.toString("utf8")]));
}

async function resolved(
  where: Configuration,
  { name, value, valueFrom }: EnvVar,
): Promise<string | undefined> {
  if (!valueFrom) return value ?? "";
  const { fieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef) return fieldOf(where.pod, fieldRef.fieldPath);
  if (secretKeyRef) return keyed(await readData(where, "secrets", secretKeyRef), secretKeyRef);
  const reference = required(configMapKeyRef, `env ${name}`);
  return keyed(await readData(where, "configmaps", reference), reference);
}

function keyed(data: Data, { key, optional }: KeyRef): string | undefined {
  if (optional && !data.has(key)) return undefined;
  return valueOf(data, key).toString("utf8");
}

/** `$(NAME)` as Kubernetes expands it: an unknown name stays as it is, and `$$(NAME)` escapes. */
export function expand(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$?)\((\w+)\)/g, (whole, escape: string, name: string) =>
    escape ? whole.slice(1) : (known[name] ?? whole),
  );
}

function required<T>(value: T | undefined, where: string): T {
  if (value === undefined)
    throw new Error(`the stand-in for the kubelet does not know this source of ${where}`);
  return value;
}
