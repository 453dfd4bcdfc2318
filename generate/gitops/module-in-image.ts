import type { DeploymentObject } from "./framework";
import { NAMES, toYaml } from "./objects";
import { workloadsOf, type InstallSource } from "./source";
import { stringify } from "yaml";

/** Patches that turn the operator's part into one whose image holds the module. */
export function moduleInImagePatches(source: InstallSource): object[] {
  const [from, to] = [workloadsOf(source), workloadsOf(source, true)];
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: NAMES.module, namespace: NAMES.namespace },
    $patch: "delete",
  };
  return [
    { patch: toYaml(secret) },
    ...(["admission", "watcher"] as const).map((role) => ({
      target: { kind: "Deployment", name: from[role].metadata.name },
      patch: stringify(operations(to[role])),
    })),
  ];
}

/** Replaces what differs as a whole, so that no index has to be counted. */
function operations({ spec }: DeploymentObject): object[] {
  const pod = spec?.template.spec;
  const container = pod?.containers[0];
  const path = "/spec/template/spec";
  return [
    { op: "replace", path: `${path}/volumes`, value: pod?.volumes },
    { op: "replace", path: `${path}/containers/0/args`, value: container?.args },
    { op: "replace", path: `${path}/containers/0/volumeMounts`, value: container?.volumeMounts },
    { op: "replace", path: `${path}/containers/0/securityContext`, value: container?.securityContext },
  ];
}
