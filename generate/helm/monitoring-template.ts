import { disruptionBudget, serviceMonitor } from "../gitops/monitoring";
import type { RenderedFile } from "../gitops/objects";
import { workloadsOf, type InstallSource } from "../gitops/source";
import { block, documents, when } from "./template";

/** What monitoring and drains need. */
export function monitoringTemplates(source: InstallSource): RenderedFile[] {
  const { admission, services } = workloadsOf(source);
  const monitors = services.map(serviceMonitor).map((monitor) => {
    const own = Object.entries(monitor.metadata.labels ?? {}).map(([name, value]) => `"${name}" "${value}"`);
    const labels = block(`(merge (dict ${own.join(" ")}) .Values.serviceMonitor.labels)`, 4);
    return {
      ...monitor,
      metadata: { ...monitor.metadata, labels: labels as unknown as Record<string, string> },
    };
  });
  return [
    [
      "pod-disruption-budget.yaml",
      when(".Values.podDisruptionBudget.enabled", documents(disruptionBudget(admission))),
    ],
    ["service-monitor.yaml", when(".Values.serviceMonitor.enabled", documents(...monitors))],
  ];
}
