import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeApi } from "./kube-api";
import type { KubeObject } from "./objects";
import { accountKubeconfig } from "./operator-kubeconfig";
import type { Role } from "./operator-process";
import { roleEnvironment } from "./role-environment";
import type { ServingCertificate } from "./serving-certificate";
import type { OperatorOptions } from "./start-operator";

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
