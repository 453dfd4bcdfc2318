import { Option } from "@commander-js/extra-typings";
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
export const contextOption = new Option("--context <name>", "context of the kubeconfig");
export const kubeconfigOption = new Option("--kubeconfig <file>", "kubeconfig to use");
export const asOption = new Option("--as <user>", "user to impersonate");
export const asGroupOption = new Option(
  "--as-group <group>",
  "group to impersonate; may be given several times",
).argParser(several);
export const requestTimeoutOption = new Option(
  "--request-timeout <time>",
  "how long one request to the API server may take, such as 10s",
).argParser(duration);
