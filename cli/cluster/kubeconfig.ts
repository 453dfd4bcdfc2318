import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { isDnsLabel } from "../../capabilities/api/names";
import { kubeconfigFiles } from "../check/api-servers";
import { broken, usage } from "../command-failure";
import type { ClusterOptions } from "../options/cluster";

const IN_CLUSTER_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export interface LoadedKubeconfig {
  readonly kubeConfig: KubeConfig;
  readonly context: string;
  readonly namespace: string;
}

/** The kubeconfig that kubectl would use, or the service account of the pod. Throws `CommandFailure`. */
export function loadKubeconfig(
  options: ClusterOptions,
  env: Readonly<Record<string, string | undefined>>,
): LoadedKubeconfig {
  const kubeConfig = read(kubeconfigFiles(env, options.kubeconfig), options.kubeconfig !== undefined);
  if (options.context !== undefined) {
    if (!kubeConfig.getContextObject(options.context))
      throw broken(`the kubeconfig has no context ${JSON.stringify(options.context)}`);
    kubeConfig.setCurrentContext(options.context);
  }
  const context = kubeConfig.getCurrentContext();
  if (!kubeConfig.getCurrentCluster())
    throw broken("the kubeconfig has no current context: set one, or use --context");
  const own = kubeConfig.getContextObject(context)?.namespace ?? "default";
  const namespace = options.namespace ?? own;
  if (!isDnsLabel(namespace))
    throw usage(`${JSON.stringify(namespace.slice(0, 80))} is no name of a namespace`);
  return { kubeConfig, context, namespace };
}

function read(files: readonly string[], isNamed: boolean): KubeConfig {
  const kubeConfig = new KubeConfig();
  const there = files.filter((file) => existsSync(file));
  if (there.length === 0 && !isNamed && existsSync(IN_CLUSTER_TOKEN)) {
    kubeConfig.loadFromCluster();
    return kubeConfig;
  }
  const [first, ...others] = there;
  if (first === undefined) {
    throw broken(`there is no kubeconfig at ${files.join(", ")}: set KUBECONFIG, or use --kubeconfig`);
  }
  try {
    kubeConfig.loadFromFile(first);
    for (const file of others) {
      const other = new KubeConfig();
      other.loadFromFile(file);
      kubeConfig.mergeConfig(other, true);
    }
  } catch {
    // The text of the error may quote the file.
    throw broken(`the kubeconfig ${there.join(", ")} cannot be read: check it with kubectl config view`);
  }
  return kubeConfig;
}
