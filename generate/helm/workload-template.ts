import type { V1PodSpec } from "@kubernetes/client-node";
import type { DeploymentObject, WebhookObject } from "../gitops/framework";
import { bare, block } from "./template";

/** The image that values name, by {@link imageTemplate}. Without double quotes, which YAML would escape. */
export const IMAGE = "{{ include `kollect.image` $ }}";

const NO_IMAGE =
  "image.repository is empty: build the Dockerfile of the project, push the image and name it. " +
  "With moduleInImage=false the chart needs no image of its own; see docs/install.md of the project";

/** The image: the one built from the Dockerfile, or the framework's if a Secret contains the module. */
export function imageTemplate(framework: string): string {
  return `{{- define "kollect.image" -}}
{{- if .Values.image.repository -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- else if .Values.moduleInImage -}}
{{ fail "${NO_IMAGE}" }}
{{- else -}}
${framework}
{{- end -}}
{{- end -}}
`;
}

/** A Deployment with the parts that values may change. */
export function deploymentTemplate(
  deployment: DeploymentObject,
  role: "admission" | "watcher",
): DeploymentObject {
  const { spec } = deployment;
  if (spec?.template.spec === undefined) throw new Error(`${deployment.metadata.name} has no pod template`);
  const { template } = spec;
  const annotations = {
    // Pods read their settings only when they start.
    "checksum/settings": "{{ toJson (list .Values.settings .Values.namespaces) | sha256sum }}",
  };
  const pod = podTemplate(spec.template.spec, role);
  const changed = {
    ...spec,
    template: { ...template, metadata: { ...template.metadata, annotations }, spec: pod },
  };
  if (role === "watcher") return { ...deployment, spec: changed };
  return { ...deployment, spec: { ...changed, replicas: expression(bare(".Values.admission.replicas")) } };
}

function podTemplate(pod: V1PodSpec, role: string): V1PodSpec {
  return withPullSecrets({
    ...pod,
    nodeSelector: expression(block(`.Values.${role}.nodeSelector`, 8)),
    tolerations: expression(block(`.Values.${role}.tolerations`, 8)),
    affinity: expression(block(`.Values.${role}.affinity`, 8)),
    containers: pod.containers.map((container) => ({
      ...container,
      image: IMAGE,
      resources: expression(block(`.Values.${role}.resources`, 12)),
    })),
  });
}

/** Pull secrets of a pod at the depth of a Deployment's or a Job's template. */
export function withPullSecrets(pod: V1PodSpec, indent = 8): V1PodSpec {
  return { ...pod, imagePullSecrets: expression(block(".Values.imagePullSecrets", indent)) };
}

/** A webhook configuration only for the listed namespaces: tests elsewhere are not served. */
export function webhookOfNamespaces(configuration: WebhookObject): WebhookObject {
  const values = expression<string[]>(block(".Values.namespaces", 12));
  const selector = { key: "kubernetes.io/metadata.name", operator: "In", values };
  const webhooks = (configuration.webhooks ?? []).map((webhook) => ({
    ...webhook,
    namespaceSelector: { matchExpressions: [selector] },
  }));
  return { ...configuration, webhooks } as WebhookObject;
}

/** An expression for a value that is not text; see {@link bare}. */
function expression<T>(text: string): T {
  return text as unknown as T;
}
