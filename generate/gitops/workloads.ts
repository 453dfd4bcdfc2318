import type { V1Container, V1EnvVar, V1PodSpec, V1Probe, V1Volume } from "@kubernetes/client-node";
import type { DeploymentObject, ServiceObject, WebhookObject } from "./framework";
import { labelled, NAMES } from "./objects";

export interface WorkloadOptions {
  /** Whether the image contains the module, instead of a Secret: see the Dockerfile. */
  readonly moduleInImage: boolean;
}

/** Where the Dockerfile puts the module. */
export const MODULE_IN_IMAGE = "/app/operator.js";

/** Keys without which a pod must not start: it waits for them, instead of failing repeatedly. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  [NAMES.tls]: ["tls.crt", "tls.key"],
  [NAMES.apiPath]: ["value"],
};

/**
 * One of the framework's Deployments, changed for a namespace that enforces Pod Security `restricted`: without the
 * build time, with settings from a ConfigMap, and with pods that spread over nodes.
 */
export function workload(deployment: DeploymentObject, options: WorkloadOptions): DeploymentObject {
  const { template, ...spec } = deployment.spec ?? missing("spec");
  const labels = template.metadata?.labels ?? {};
  const pod = template.spec ?? missing("spec.template.spec");
  const hardened = podSpec(pod, labels, options);
  return labelled({
    ...deployment,
    spec: { ...spec, revisionHistoryLimit: 3, template: { metadata: { labels }, spec: hardened } },
  });
}

function podSpec(pod: V1PodSpec, labels: Record<string, string>, options: WorkloadOptions): V1PodSpec {
  const { priorityClassName: _tooHigh, ...rest } = pod;
  return {
    ...rest,
    // Both processes read from the API server: their store, and admission also the sink that a test names.
    automountServiceAccountToken: true,
    // Variables of Services whose names begin with "kollect-" would look like settings.
    enableServiceLinks: false,
    securityContext: { ...pod.securityContext, seccompProfile: { type: "RuntimeDefault" } },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
      },
    ],
    containers: pod.containers.map((each) => container(each, options)),
    volumes: (pod.volumes ?? []).filter((volume) => keeps(volume.name, options)).map(volumeWithKeys),
  };
}

function container(framework: V1Container, options: WorkloadOptions): V1Container {
  return {
    ...framework,
    ...(options.moduleInImage ? { args: [MODULE_IN_IMAGE] } : {}),
    env: (framework.env ?? []).filter((variable) => !isSetting(variable)),
    envFrom: [{ configMapRef: { name: NAMES.settings } }],
    // The operator is ready within seconds; the framework checks for the first time after ten.
    readinessProbe: {
      ...asking("/readyz", framework.readinessProbe),
      initialDelaySeconds: 1,
      periodSeconds: 2,
    },
    // Before the first sync a watcher is not ready, but a restart would not help.
    livenessProbe: asking("/livez", framework.livenessProbe),
    securityContext: {
      ...framework.securityContext,
      // The framework's entry point unpacks the module into its own folder.
      readOnlyRootFilesystem: options.moduleInImage,
    },
    volumeMounts: (framework.volumeMounts ?? []).filter(({ name }) => keeps(name, options)),
  };
}

/** Probes for readiness and liveness: the framework uses one path for both, the module serves two. */
function asking(path: string, probe: V1Probe | undefined): V1Probe {
  const { httpGet = missing("a probe by httpGet"), ...rest } = probe ?? missing("a probe");
  return { ...rest, httpGet: { ...httpGet, path } };
}

function keeps(volume: string, { moduleInImage }: WorkloadOptions): boolean {
  return !(moduleInImage && volume === "module");
}

function volumeWithKeys(volume: V1Volume): V1Volume {
  const keys = KEYS[volume.secret?.secretName ?? ""];
  if (keys === undefined) return volume;
  return { ...volume, secret: { ...volume.secret, items: keys.map((key) => ({ key, path: key })) } };
}

function isSetting({ name }: V1EnvVar): boolean {
  return name.startsWith("KOLLECT_");
}

/** The `KOLLECT_` settings of package.json, as the framework put them into a Deployment. */
export function settingsOf(deployment: DeploymentObject): Record<string, string> {
  const variables = deployment.spec?.template.spec?.containers[0]?.env ?? [];
  return Object.fromEntries(variables.filter(isSetting).map(({ name, value }) => [name, value ?? ""]));
}

/** The Service with a named port, so that monitoring can name it too. */
export function service(framework: ServiceObject): ServiceObject {
  const { spec = missing("spec") } = framework;
  const ports = (spec.ports ?? []).map((port) => ({ name: "https", ...port }));
  return labelled({ ...framework, spec: { ...spec, ports } });
}

/** The webhook configuration without the values of this build: its CA, and the secret part of its URL. */
export function webhookConfiguration(framework: WebhookObject): WebhookObject {
  const webhooks = (framework.webhooks ?? []).map((webhook) => {
    const { name, namespace } = webhook.clientConfig.service ?? missing("clientConfig.service");
    return { ...webhook, clientConfig: { service: { name, namespace } } };
  });
  return labelled({ ...framework, webhooks }) as WebhookObject;
}

function missing(field: string): never {
  throw new Error(`an object of the framework's manifests has no ${field}`);
}
