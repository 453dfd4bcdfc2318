import { parseArgs } from "node:util";
import { type ControlPlaneOptions, startControlPlane } from "./control-plane";
import { useContext } from "./existing-cluster";
import { kubectl } from "./kubectl";
import type { ControlPlane, ExistingCluster } from "./types";

/** Which cluster to use. */
export type ClusterChoice =
  | { readonly kind: "context"; readonly name: string }
  | { readonly kind: "assets"; readonly folder: string }
  | { readonly kind: "build" };

/** Settings of {@link controlPlaneFor}: those of a control plane that may have to be started, and the environment. */
export interface SelectOptions extends Omit<ControlPlaneOptions, "assets"> {
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The order is: `--context NAME` on the command line, `KUBEBUILDER_ASSETS`, the control plane that is built.
 * `KUBECONFIG` never decides: what a person has exported may be production. Throws when `--context` has no value or
 * comes with two different ones. Other arguments are none of its business.
 */
export function chooseCluster(argv: readonly string[], env: NodeJS.ProcessEnv): ClusterChoice {
  const name = contextOf(argv);
  if (name !== undefined) return { kind: "context", name };
  if (env.KUBEBUILDER_ASSETS) return { kind: "assets", folder: env.KUBEBUILDER_ASSETS };
  return { kind: "build" };
}

function contextOf(argv: readonly string[]): string | undefined {
  const { tokens } = parseArgs({
    args: [...argv],
    options: { context: { type: "string", multiple: true } },
    strict: false,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === "option" && token.name === "context");
  const names = given.map((token) => ("value" in token ? token.value : undefined));
  const [first] = names;
  if (names.some((name) => !name || name.startsWith("-"))) {
    throw new Error("--context needs the name of a kubeconfig context, as in --context kind-dev");
  }
  if (names.some((name) => name !== first))
    throw new Error(`--context is given more than once: ${names.join(", ")}`);
  return first;
}

/**
 * The cluster to work with, chosen by {@link chooseCluster}: an existing one that answers, or a new control plane.
 * The caller ends it by `stop`. Rejects when the named cluster does not answer or the new one does not start.
 */
export async function controlPlaneFor(
  argv: readonly string[],
  options: SelectOptions = {},
): Promise<ControlPlane | ExistingCluster> {
  const env = options.env ?? process.env;
  const choice = chooseCluster(argv, env);
  if (choice.kind === "assets") return startControlPlane({ ...options, assets: choice.folder });
  if (choice.kind === "build") return startControlPlane(options);
  const cluster = await useContext(choice.name, { env, signal: options.signal, log: options.log });
  try {
    await kubectl(cluster, ["get", "--raw=/version", "--request-timeout=10s"], { signal: options.signal });
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw new Error(`--context ${choice.name}: the cluster at ${cluster.url} does not answer`, {
      cause: error,
    });
  }
}
