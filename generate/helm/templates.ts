import { KIND_DEFINITIONS } from "../../capabilities/api/schema";
import { crdOf } from "../../capabilities/api/crd";
import type { Feature } from "../config/operator-rules";
import { peopleRole } from "../config/roles";
import {
  clusterAccess,
  entryPointAccess,
  featureAccess,
  namespaceAccess,
  serviceAccount,
  storeAccess,
  watchAccess,
} from "../gitops/access";
import { INJECT_CA } from "../gitops/cert-manager";
import { moduleSecret } from "../gitops/module-secret";
import { storeCrd } from "../gitops/pepr-store";
import {
  annotated,
  KEEP,
  labelled,
  namespaced,
  NAMES,
  toYaml,
  type KubeObject,
  type RenderedFile,
} from "../gitops/objects";
import { workloadsOf, type InstallSource } from "../gitops/source";
import { BY_CERT_MANAGER, bootstrapTemplate } from "./bootstrap-template";
import { FILES } from "./files";
import { monitoringTemplates } from "./monitoring-template";
import { bare, documents, each, verbatim, when } from "./template";
import { deploymentTemplate, imageTemplate, webhookOfNamespaces } from "./workload-template";

const IN_NAMESPACES = ".Values.namespaces";
/** Placeholder for conditional annotations. */
const PLACE = '  annotations:\n    PLACE: ""\n';

/** Templates, generated from the same objects as the kustomization. */
export function chartTemplates(source: InstallSource): RenderedFile[] {
  const { services } = workloadsOf(source);
  const network = (source.handwritten["network-policy"] ?? []).map(([name, text]) =>
    verbatim(String(text), `config/network-policy/${name}`),
  );
  return [
    ["_image.tpl", imageTemplate(source.image)],
    ["namespace-check.yaml", namespaceCheck()],
    ["settings.yaml", settings()],
    ["access.yaml", access()],
    ["module.yaml", moduleTemplate(source)],
    ...workloadTemplates(source),
    ["services.yaml", documents(...services)],
    ["bootstrap.yaml", bootstrapTemplate(source)],
    ["crds.yaml", crds()],
    ["people.yaml", when(".Values.people.install", documents(...people()))],
    ["network-policy.yaml", when(".Values.networkPolicy.enabled", network.join("---\n"))],
    ...monitoringTemplates(source),
  ];
}

function namespaceCheck(): string {
  const message = `the framework knows one namespace only: install with --namespace ${NAMES.namespace}`;
  return `{{- if ne .Release.Namespace "${NAMES.namespace}" }}\n{{- fail "${message}" }}\n{{- end }}\n`;
}

function settings(): string {
  const head = toYaml(labelled(namespaced("v1", "ConfigMap", NAMES.settings)));
  return `${head}data:
  KOLLECT_INSTALL_CRDS: "false"
{{- with .Values.namespaces }}
  KOLLECT_WATCH_NAMESPACES: {{ join "," . | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
  {{ $name }}: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ toJson $value | quote }}{{ end }}
{{- end }}
`;
}

function access(): string {
  const inEach = (objects: KubeObject[]): string => each(IN_NAMESPACES, documents(...objects));
  const everywhere = { cluster: documents(...clusterAccess()), listed: documents(...watchAccess()) };
  const here = "{{ . }}";
  return [
    documents(serviceAccount(NAMES.operator), ...storeAccess()),
    when(IN_NAMESPACES, everywhere.listed, everywhere.cluster),
    inEach(namespaceAccess(here)),
    feature("sinkTriggers", "KOLLECT_SINK_TRIGGERS"),
    feature("accessCheck", "KOLLECT_REQUIRE_SINK_ACCESS"),
  ].join("");
}

function feature(name: Feature, setting: string): string {
  const listed = each(IN_NAMESPACES, documents(...featureAccess(name, { namespace: "{{ . }}" })));
  const everywhere = when(`not ${IN_NAMESPACES}`, documents(...featureAccess(name, "cluster")));
  return `{{- if eq (toString .Values.settings.${setting}) "true" }}\n${listed}${everywhere}{{- end }}\n`;
}

function moduleTemplate({ module }: InstallSource): string {
  const data = { [module.file]: bare(`.Files.Get "${FILES.module}" | b64enc`) };
  const fromSecret = documents(...entryPointAccess(), { ...moduleSecret(module), data });
  return when(".Values.moduleInImage", toYaml(storeCrd()), fromSecret);
}

function workloadTemplates(source: InstallSource): RenderedFile[] {
  const [secret, image] = [workloadsOf(source), workloadsOf(source, true)];
  const deployments = (["admission", "watcher"] as const).map((role): RenderedFile => {
    const inImage = documents(deploymentTemplate(image[role], role));
    return [
      `${role}.yaml`,
      when(".Values.moduleInImage", inImage, documents(deploymentTemplate(secret[role], role))),
    ];
  });
  const webhooks = secret.webhooks.map((webhook) => annotated(webhook, { PLACE: "" }));
  const listed = documents(...webhooks.map(webhookOfNamespaces));
  return [...deployments, ["webhooks.yaml", injectable(when(IN_NAMESPACES, listed, documents(...webhooks)))]];
}

/** Webhook configurations have annotations only with cert-manager. */
function injectable(template: string): string {
  const [[name, value] = []] = Object.entries(INJECT_CA);
  const annotation = `  annotations:\n    ${name}: ${value}\n`;
  return template.replaceAll(PLACE, `{{- if ${BY_CERT_MANAGER} }}\n${annotation}{{- end }}\n`);
}

function crds(): string {
  const all = KIND_DEFINITIONS.map((kind) => crdOf(kind) as unknown as KubeObject);
  const text = verbatim(toYaml(...all.map((crd) => labelled(annotated(crd, KEEP)))), "a CRD");
  return when(".Values.crds.install", text);
}

function people(): KubeObject[] {
  return [peopleRole("editor"), peopleRole("viewer")].map((role) => labelled(role as KubeObject));
}
