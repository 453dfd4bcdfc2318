import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModuleBuild } from "./build-module";
import type { KubeApi } from "./kube-api";
import type { KubeObject } from "./objects";
import { accountKubeconfig, type Gateway } from "./operator-kubeconfig";
import type { Role } from "./operator-process";
import { roleEnvironment } from "./role-environment";
import type { ServingCertificate } from "./serving-certificate";

/** What to run, where, and with which rights. */
export interface OperatorOptions {
  /** Path of a kubeconfig whose current context is {@link context}: the framework uses no other. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly build: ModuleBuild;
  /** Added to the environment that the Deployment gives, such as KOLLECT_ settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs with a token of the generated ServiceAccount and its scoped rights, instead of the context's user. */
  readonly serviceAccount?: boolean;
  /** Through what the processes reach the API server; only with {@link serviceAccount}. */
  readonly gateway?: Gateway;
  /** Both by default. */
  readonly roles?: readonly Role[];
  /** Waits for /livez only: for starts in which watches or webhooks cannot work. */
  readonly healthOnly?: boolean;
  /** Logs and private files. A temporary folder by default, removed by `stop` unless something failed. */
  readonly directory?: string;
  readonly readyTimeoutMs?: number;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What the processes of one operator share. */
export interface LaunchContext {
  readonly options: OperatorOptions;
  readonly api: KubeApi;
  readonly manifests: KubeObject[];
  readonly certificate: ServingCertificate;
  readonly directory: string;
}

/**
 * The environment of a role's process: that of its Deployment, what a kubelet adds, and paths of files where the pod
 * would have a mounted Secret. Nothing of this process's own environment but PATH, so that no setting leaks in.
 */
export function processEnvironment(
  launch: LaunchContext,
  role: Role,
  kubeconfig: string,
): Record<string, string> {
  const { options, directory, certificate, manifests, api } = launch;
  const keyFile = join(directory, "tls.key");
  const certificateFile = join(directory, "tls.crt");
  writeFileSync(keyFile, certificate.key, { mode: 0o600 });
  writeFileSync(certificateFile, certificate.certificate);
  const { hostname, port } = new URL(api.url);
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    KUBECONFIG: kubeconfig,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port || "443",
    SSL_KEY_PATH: keyFile,
    SSL_CERT_PATH: certificateFile,
    PEPR_API_PATH: options.build.apiPath,
    ...roleEnvironment(manifests, role),
    ...options.env,
  };
}

/** What KUBECONFIG is for the processes: the ServiceAccount's or the context's, as the options say. */
export async function processKubeconfig({ options, api, directory }: LaunchContext): Promise<string> {
  if (!options.serviceAccount) return options.kubeconfig;
  const { build, gateway } = options;
  return accountKubeconfig(api, { namespace: "pepr-system", name: build.name, directory, gateway });
}
