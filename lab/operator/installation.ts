import type { KubeApi } from "./kube-api";
import {
  LAUNCHER,
  MANAGED_BY,
  applyObject,
  deleteObject,
  installCrd,
  readObject,
  type KubeObject,
} from "./objects";
import { PEPR_STORE_CRD } from "../../generate/gitops/pepr-store";

/** Kinds of the generated manifests that the ServiceAccount of the operator needs. */
const ACCESS_KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const WEBHOOK_KINDS = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** Applies what every process needs before it starts: the namespace, the store's CRD and, if asked for, its rights. */
export async function installBase(api: KubeApi, manifests: KubeObject[], access: boolean): Promise<void> {
  const kinds = access ? ["Namespace", ...ACCESS_KINDS] : ["Namespace"];
  for (const kind of kinds) {
    for (const object of manifests.filter((candidate) => candidate.kind === kind))
      await applyObject(api, object);
  }
  await installCrd(api, PEPR_STORE_CRD);
}

/** Where the API server finds the admission process. */
export interface WebhookAddress {
  /** Such as `https://localhost:40123`. */
  readonly origin: string;
  /** PEM. */
  readonly ca: string;
}

/**
 * The generated webhook configurations with only the address and the CA that vouches for it rewritten: the path,
 * the rules, the failure policy and the time limit stay.
 */
export function webhookConfigurations(manifests: KubeObject[], address: WebhookAddress): KubeObject[] {
  const caBundle = Buffer.from(address.ca).toString("base64");
  return manifests
    .filter(({ kind }) => WEBHOOK_KINDS.includes(kind))
    .map((object) => {
      const webhooks = (object["webhooks"] as WebhookEntry[]).map((webhook) => ({
        ...webhook,
        clientConfig: { url: `${address.origin}${webhook.clientConfig.service.path.trim()}`, caBundle },
      }));
      return { ...object, webhooks };
    });
}

interface WebhookEntry {
  readonly clientConfig: { readonly service: { readonly path: string } };
}

/** Rejects when a webhook configuration of this name was not put there by the launcher: it belongs to a deployment. */
export async function refuseForeignWebhooks(api: KubeApi, configurations: KubeObject[]): Promise<void> {
  for (const configuration of configurations) {
    const found = await readObject(api, configuration);
    if (found === undefined || isOurs(found)) continue;
    const name = `${configuration.kind} ${configuration.metadata.name}`;
    throw new Error(
      `${name} exists: the operator is deployed in this cluster. Uninstall it before running it here.`,
    );
  }
}

/** Removes the launcher's webhook configurations, never those of a deployment. */
export async function removeWebhooks(api: KubeApi, configurations: KubeObject[]): Promise<void> {
  for (const configuration of configurations) {
    const found = await readObject(api, configuration);
    if (found && isOurs(found)) await deleteObject(api, configuration);
  }
}

function isOurs(found: KubeObject): boolean {
  return found.metadata.labels?.[MANAGED_BY] === LAUNCHER;
}
