import { Document, stringify } from "yaml";
import { toYaml, type RenderedFile } from "../gitops/objects";
import type { InstallSource } from "../gitops/source";
import { dashboardJson } from "../monitoring/dashboard";
import { ruleGroups } from "../monitoring/rules";
import { FILES } from "./files";
import { chartTemplates } from "./templates";
import { commentsOf, defaultsOf, schemaOf, valuesOf } from "./values";

/** Name of the chart and of its folder. */
export const CHART = "kollect-connection-test";

const NOTES = `{{ if .Values.moduleInImage }}The module runs from the image {{ include "kollect.image" . }}.

{{ end }}A Job creates the credentials of the webhooks. Wait until the pods are ready:

  kubectl rollout status deployment -n {{ .Release.Namespace }} -l app.kubernetes.io/name=kollect-connection-test

Then test a sink, as described in docs/quickstart.md of the project.
`;

/** A Helm chart of the same objects as the kustomization. Paths are below the chart's folder. */
export function chartFiles(source: InstallSource): RenderedFile[] {
  const values = valuesOf(source);
  return [
    ["Chart.yaml", toYaml(chartOf(source))],
    ["values.yaml", valuesYaml(values)],
    ["values.schema.json", `${JSON.stringify(schemaOf(values), undefined, 2)}\n`],
    ["templates/NOTES.txt", NOTES],
    ...chartTemplates(source).map(([name, text]): RenderedFile => [`templates/${name}`, text]),
    [FILES.module, source.module.content],
    [FILES.bootstrap, source.bootstrap],
    [FILES.rules, stringify(ruleGroups(), { lineWidth: 0 })],
    [FILES.dashboard, dashboardJson()],
  ];
}

function chartOf({ version, description }: InstallSource): object {
  return {
    apiVersion: "v2",
    name: CHART,
    description,
    type: "application",
    version,
    appVersion: version,
    // CRDs with validation rules (CEL), which are stable since 1.29.
    kubeVersion: ">=1.29.0-0",
  };
}

function valuesYaml(values: ReturnType<typeof valuesOf>): string {
  const document = new Document(defaultsOf(values));
  for (const [path, about] of commentsOf(values)) {
    const key = path.at(-1);
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1));
    const items = (parent as { items?: { key: { value: unknown; commentBefore?: string } }[] } | null)?.items;
    const pair = items?.find((item) => item.key.value === key);
    if (pair) pair.key.commentBefore = ` ${about}`;
  }
  return document.toString({ lineWidth: 0 });
}
