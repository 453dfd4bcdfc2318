import { code, row, table } from "../reference/markdown";
import { GENERATED } from "../header";
import { ALERTS, expressionOf, type Alert } from "./alerts";

/** The page that the alerts' `runbook_url` leads to. */
export function alertsPage(): string {
  return [
    `<!-- ${GENERATED} -->`,
    "# Alerts and dashboard",
    `The operator comes with a PrometheusRule and a Grafana dashboard, for the [metrics](reference.md#health-and-metrics) of
its two Deployments.`,
    `| | Rules | Dashboard |
| - | - | - |
| Kustomize | \`prometheus-rule\` of \`dist/gitops\` | \`dashboards\` of \`dist/gitops\`: a ConfigMap with the label \`grafana_dashboard: "1"\`, and the plain JSON file |
| Helm | \`prometheusRule.enabled\` | \`dashboards.enabled\` |`,
    `Both need the metrics to be scraped: \`service-monitor\` of the kustomization, or \`serviceMonitor.enabled\` of
the chart. In the chart, \`prometheusRule.labels\` are the labels by which your Prometheus selects rules, and
\`prometheusRule.additionalRules\` adds your own rules to the same object. The dashboard rows that name sinks are
empty unless \`KOLLECT_SINK_METRICS\` is \`true\`.`,
    `![The dashboard: verdicts with their causes, times, load, and the sinks that do not work](pictures/dashboard.png)`,
    `The picture shows the results of the dashboard's queries, from a Prometheus server after two and a half minutes of load
on an operator. Grafana did not draw it, and renders the panels differently.`,
    table(
      ["Alert", "Severity", "For", "Summary"],
      ALERTS.map(({ name, severity, summary, for: held }) =>
        row(`[${name}](#${name.toLowerCase()})`, severity, held, withoutTemplates(summary)),
      ),
    ),
    ...ALERTS.map(runbook),
  ].join("\n\n");
}

function runbook(alert: Alert): string {
  const { name, description, runbook: steps } = alert;
  return [`## ${name}`, withoutTemplates(description), steps, code("promql", expressionOf(alert))].join(
    "\n\n",
  );
}

/** A label of the alert reads as its name. */
function withoutTemplates(text: string): string {
  return text.replace(/\{\{ \$labels\.(\w+) \}\}/g, "*$1*");
}
