import pkg from "../../package.json";
import { couldNot, read, type Finding, type Place } from "./check";

interface Deployment {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: { readonly readyReplicas?: number };
}

const NAME = `pepr-${pkg.pepr.uuid}`;
const VERSION_LABEL = "app.kubernetes.io/version";

/** Checks that the operator's two Deployments exist and are ready, and reports their version. */
export function operatorChecks(place: Place): Promise<Finding[]> {
  const { operatorNamespace: namespace } = place;
  const roles = [
    { check: "operator: admission", name: NAME },
    { check: "operator: watcher", name: `${NAME}-watcher` },
  ];
  return Promise.all(
    roles.map(async ({ check, name }) => {
      const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${name}`;
      try {
        const found = await read<Deployment>(place, `get Deployment ${namespace}/${name}`, path);
        return judge(
          check,
          found,
          `Deployment ${name} is not in namespace ${namespace}: see --operator-namespace`,
        );
      } catch (error) {
        return couldNot(check, error);
      }
    }),
  );
}

function judge(check: string, deployment: Deployment | undefined, missing: string): Finding {
  if (!deployment) return { check, result: "fail", detail: missing };
  const { metadata, spec, status } = deployment;
  const wanted = spec.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  const version =
    metadata.labels?.[VERSION_LABEL] ?? spec.template.spec.containers[0]?.image ?? "unknown version";
  return { check, result: ready > 0 ? "ok" : "fail", detail: `${ready} of ${wanted} pods ready, ${version}` };
}
