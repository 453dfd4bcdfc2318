import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeKubeconfig } from "../control-plane/kubeconfig";
import type { KubeApi } from "./kube-api";

/** Whose token to ask for and where the files go. */
export interface AccountAccess {
  readonly namespace: string;
  readonly name: string;
  readonly directory: string;
  /** Where the API server is reached instead of where `api` reaches it, with the CA that vouches for that. */
  readonly gateway?: Gateway | undefined;
}

/** What stands in front of an API server. */
export interface Gateway {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
}

const TOKEN_LIFETIME_S = 6 * 3_600;

/**
 * Writes a kubeconfig whose only context is the ServiceAccount, with a token as the kubelet would ask for, in a file
 * of its own. Returns the kubeconfig's path.
 */
export async function accountKubeconfig(api: KubeApi, access: AccountAccess): Promise<string> {
  const { namespace, name, directory } = access;
  const answer = (await api.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: TOKEN_LIFETIME_S },
    },
  })) as { status: { token: string } };
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, answer.status.token, { mode: 0o600 });
  const { url, ca: pem } = access.gateway ?? api;
  const ca = pem ? { "certificate-authority-data": Buffer.from(pem).toString("base64") } : {};
  // The way that the client library itself describes a mounted token; it ignores the member tokenFile.
  const user = { "auth-provider": { name: "tokenFile", config: { tokenFile } } };
  const kubeconfig = join(directory, "kubeconfig");
  await writeKubeconfig(kubeconfig, { context: name, cluster: { server: url, ...ca }, user });
  return kubeconfig;
}
