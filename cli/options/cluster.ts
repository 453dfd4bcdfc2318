import { Option, type Command, type OptionValues } from "@commander-js/extra-typings";
import { duration, several } from "./values";

/** kubectl's own flags, with kubectl's meaning. */
export interface ClusterOptions {
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly as?: string | undefined;
  readonly asGroup?: readonly string[] | undefined;
  /** Milliseconds. */
  readonly requestTimeout?: number | undefined;
}

export const namespaceOption = new Option(
  "-n, --namespace <namespace>",
  "namespace; the context's own by default",
);
export const allNamespacesOption = new Option("-A, --all-namespaces", "sinks of all namespaces");

/** Flags of every command that uses the API server. */
export const CLUSTER_OPTIONS: readonly Option[] = [
  new Option("--context <name>", "context of the kubeconfig; test and rerun take several, as in a,b"),
  new Option("--kubeconfig <file>", "kubeconfig to use"),
  new Option("--as <user>", "user to impersonate"),
  new Option("--as-group <group>", "group to impersonate; may be given several times").argParser(several),
  new Option(
    "--request-timeout <time>",
    "how long one request to the API server may take, such as 10s",
  ).argParser(duration),
];

/** Adds the flags for the API server and the user. */
export function withClusterOptions<Args extends unknown[], Options extends OptionValues>(
  command: Command<Args, Options>,
): Command<Args, Options & Omit<ClusterOptions, "namespace">> {
  for (const option of CLUSTER_OPTIONS) command.addOption(option);
  return command as unknown as Command<Args, Options & Omit<ClusterOptions, "namespace">>;
}
