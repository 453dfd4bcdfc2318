import type { DeploymentObject } from "./framework";
import { entryPointAccess } from "./access";
import { moduleSecret } from "./module-secret";
import { toYaml } from "./objects";
import { workloadsOf, type InstallSource } from "./source";
import { stringify } from "yaml";

/** Patches for an image that contains the module; they remove what only a module in a Secret needs. */
export function moduleInImagePatches(source: InstallSource): object[] {
  const [from, to] = [workloadsOf(source), workloadsOf(source, true)];
  const needless = [...entryPointAccess(), moduleSecret(source.module)];
  return [
    ...needless.map(({ apiVersion, kind, metadata: { name, namespace } }) => {
      const metadata = namespace === undefined ? { name } : { name, namespace };
      return { patch: toYaml({ apiVersion, kind, metadata, $patch: "delete" }) };
    }),
    ...(["admission", "watcher"] as const).map((role) => ({
      target: { kind: "Deployment", name: from[role].metadata.name },
      patch: stringify(operations(to[role])),
    })),
  ];
}

/** Replaces whole members that differ, so that patches need no list index. */
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
