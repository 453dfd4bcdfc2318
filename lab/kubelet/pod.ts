/** A pod, by the members that the stand-in reads. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly nodeName?: string;
    readonly restartPolicy?: "Always" | "OnFailure" | "Never";
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly EnvSource[];
  readonly ports?: readonly { readonly containerPort: number; readonly name?: string }[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: KeyRef;
    readonly configMapKeyRef?: KeyRef;
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

export interface KeyRef {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

export interface EnvSource {
  readonly prefix?: string;
  readonly secretRef?: Ref;
  readonly configMapRef?: Ref;
}

export interface Ref {
  readonly name: string;
  readonly optional?: boolean;
}

export interface Item {
  readonly key: string;
  readonly path: string;
}

/** One of the sources that the stand-in knows is set; any other is refused. */
export interface Volume {
  readonly name: string;
  readonly secret?: {
    readonly secretName: string;
    readonly optional?: boolean;
    readonly items?: readonly Item[];
  };
  readonly configMap?: Ref & { readonly items?: readonly Item[] };
  readonly emptyDir?: object;
  readonly projected?: { readonly sources: readonly Projection[] };
}

export interface Projection {
  readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds?: number };
  readonly configMap?: Ref & { readonly items?: readonly Item[] };
  readonly secret?: Ref & { readonly items?: readonly Item[] };
  readonly downwardAPI?: {
    readonly items: readonly { readonly path: string; readonly fieldRef: { readonly fieldPath: string } }[];
  };
}

/** Seconds as in the API; only `httpGet` is known. */
export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string; readonly scheme?: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
}

/** Path of a pod. */
export function podPath({ metadata }: Pod, subresource = ""): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}${subresource}`;
}

/** What a field reference of the downward API names. Throws for fields that the stand-in does not know. */
export function fieldOf(pod: Pod, path: string): string {
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName ?? NODE,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
    "status.podIP": LOOPBACK,
  };
  const value = fields[path];
  if (value === undefined) throw new Error(`the stand-in for the kubelet knows no field ${path}`);
  return value;
}

/** The node that every pod is bound to. No object of that name exists, and nothing here asks for one. */
export const NODE = "loopback";
/** The address of every pod; ports tell them apart. */
export const LOOPBACK = "127.0.0.1";
