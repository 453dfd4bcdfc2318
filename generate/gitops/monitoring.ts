import type { DeploymentObject, ServiceObject } from "./framework";
import { labelled, namespaced, NAMES, type KubeObject } from "./objects";

/** Keeps one admission pod while nodes are drained. The watcher has one pod, which such a budget would nail down. */
export function disruptionBudget({ spec }: DeploymentObject): KubeObject {
  const budget = namespaced("policy/v1", "PodDisruptionBudget", NAMES.operator);
  return labelled({ ...budget, spec: { minAvailable: 1, selector: spec?.selector } });
}

/** For the Prometheus operator: scrapes a Service, and verifies whom it talks to. */
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
