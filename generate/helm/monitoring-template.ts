import { dashboardConfigMap, disruptionBudget, serviceMonitor } from "../gitops/monitoring";
import type { KubeObject, RenderedFile } from "../gitops/objects";
import { workloadsOf, type InstallSource } from "../gitops/source";
import { DASHBOARD_FILE } from "../monitoring/dashboard";
import { prometheusRule } from "../monitoring/rules";
import { FILES } from "./files";
import { bare, block, documents, when } from "./template";

/** Templates for monitoring and node drains. */
export function monitoringTemplates(source: InstallSource): RenderedFile[] {
  const { admission, services } = workloadsOf(source);
  const monitors = services
    .map(serviceMonitor)
    .map((monitor) => withLabels(monitor, ".Values.serviceMonitor.labels"));
  return [
    [
      "pod-disruption-budget.yaml",
      when(".Values.podDisruptionBudget.enabled", documents(disruptionBudget(admission))),
    ],
    ["service-monitor.yaml", when(".Values.serviceMonitor.enabled", documents(...monitors))],
    ["prometheus-rule.yaml", when(".Values.prometheusRule.enabled", ruleTemplate())],
    ["dashboards.yaml", when(".Values.dashboards.enabled", dashboardTemplate())],
  ];
}

/** The object's labels with those of a value. */
function withLabels(object: KubeObject, value: string): KubeObject {
  const own = Object.entries(object.metadata.labels ?? {}).map(([name, text]) => `"${name}" "${text}"`);
  const labels = block(`(merge (dict ${own.join(" ")}) ${value})`, 4);
  return { ...object, metadata: { ...object.metadata, labels: labels as unknown as Record<string, string> } };
}

/** Rules and dashboard come from files, because Helm would interpret their `{{` as expressions. */
function ruleTemplate(): string {
  const { apiVersion, kind, metadata } = withLabels(prometheusRule(), ".Values.prometheusRule.labels");
  return `${documents({ apiVersion, kind, metadata })}spec:
  groups:
{{ .Files.Get "${FILES.rules}" | trim | indent 4 }}
{{- with .Values.prometheusRule.additionalRules }}
    - name: kollect-connection-test-additional
      rules:
        {{- toYaml . | nindent 8 }}
{{- end }}
`;
}

function dashboardTemplate(): string {
  const configMap = withLabels(dashboardConfigMap(), ".Values.dashboards.labels");
  const data = { [DASHBOARD_FILE]: bare(`.Files.Get "${FILES.dashboard}" | quote`) };
  return documents({ ...configMap, data });
}
