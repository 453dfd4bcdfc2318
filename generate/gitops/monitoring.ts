import { DASHBOARD_FILE, dashboardJson } from "../monitoring/dashboard";
import type { DeploymentObject, ServiceObject } from "./framework";
import { labelled, namespaced, NAMES, type KubeObject } from "./objects";

/** Keeps one admission pod while nodes are drained. The watcher has one pod, whose eviction such a budget would block. */
export function disruptionBudget({ spec }: DeploymentObject): KubeObject {
  const budget = namespaced("policy/v1", "PodDisruptionBudget", NAMES.operator);
  return labelled({ ...budget, spec: { minAvailable: 1, selector: spec?.selector } });
}

/** For the Prometheus operator: scrapes a Service, and verifies its certificate. */
export function serviceMonitor({ metadata, spec }: ServiceObject): KubeObject {
  const monitor = namespaced("monitoring.coreos.com/v1", "ServiceMonitor", metadata.name);
  const port = spec?.ports?.[0]?.name;
  return labelled({
    ...monitor,
    spec: {
      selector: { matchLabels: metadata.labels },
      endpoints: [
        {
          port,
          scheme: "https",
          tlsConfig: {
            serverName: `${metadata.name}.${NAMES.namespace}.svc`,
            ca: { secret: { name: NAMES.tls, key: "ca.crt" } },
          },
        },
      ],
    },
  });
}

/** The label by which Grafana's sidecar finds dashboards. */
export const DASHBOARD_LABELS = { grafana_dashboard: "1" } as const;

/** The dashboard for Grafana's sidecar. */
export function dashboardConfigMap(): KubeObject {
  const configMap = namespaced("v1", "ConfigMap", "kollect-connection-test-dashboard");
  return labelled({ ...configMap, data: { [DASHBOARD_FILE]: dashboardJson() } }, DASHBOARD_LABELS);
}
