import {
  AdmissionregistrationV1Api,
  ApiException,
  CoreV1Api,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { CredentialStore, WebhookTarget } from "./credentials";

/** Field manager of the fields written here; a tool that syncs from Git owns all others of the same objects. */
export const FIELD_MANAGER = "kollect-connection-test-bootstrap";

const REQUEST_DEADLINE_MS = 15_000;
const serverSideApply = setHeaderOptions("Content-Type", PatchStrategy.ServerSideApply);

interface WebhookConfiguration {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly webhooks?: readonly { readonly name: string }[] | undefined;
}

/**
 * The API server of a kubeconfig, or of the pod's ServiceAccount. Writes by server-side apply and never creates, so
 * that it needs `get` and `patch` on objects whose names its role can list.
 */
export function kubeStore(config: KubeConfig, name: string, namespace: string): CredentialStore {
  const core = config.makeApiClient(CoreV1Api);
  const admission = config.makeApiClient(AdmissionregistrationV1Api);
  return {
    async readSecret(secret) {
      const found = await answer(`Secret ${secret}`, core.readNamespacedSecret({ name: secret, namespace }));
      const entries = Object.entries(found.data ?? {}).map(([key, value]) => [key, decode(value)]);
      return {
        values: Object.fromEntries(entries) as Record<string, string>,
        resourceVersion: found.metadata?.resourceVersion ?? "",
      };
    },
    async writeSecret(secret, values, resourceVersion) {
      const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encode(value)]));
      const metadata = { name: secret, namespace, resourceVersion };
      const body = { apiVersion: "v1", kind: "Secret", metadata, data };
      const patch = { name: secret, namespace, body, fieldManager: FIELD_MANAGER, force: true };
      await answer(`Secret ${secret}`, core.patchNamespacedSecret(patch, serverSideApply));
    },
    async pointWebhooks(target) {
      const mutating = "MutatingWebhookConfiguration";
      const found = await answer(mutating, admission.readMutatingWebhookConfiguration({ name }));
      const mutate = webhookPatch(found, mutating, { name, target });
      await answer(mutating, admission.patchMutatingWebhookConfiguration(mutate, serverSideApply));
      const validating = "ValidatingWebhookConfiguration";
      const other = await answer(validating, admission.readValidatingWebhookConfiguration({ name }));
      const validate = webhookPatch(other, validating, { name, target });
      await answer(validating, admission.patchValidatingWebhookConfiguration(validate, serverSideApply));
    },
  };
}

function webhookPatch(
  found: WebhookConfiguration,
  kind: "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
  { name, target }: { name: string; target: WebhookTarget },
): { name: string; body: object; fieldManager: string; force: boolean } {
  const path = `/${kind === "MutatingWebhookConfiguration" ? "mutate" : "validate"}/${target.token}`;
  const trust = target.authorities === undefined ? {} : { caBundle: encode(target.authorities) };
  const clientConfig = { ...trust, service: { path } };
  const webhooks = (found.webhooks ?? []).map((webhook) => ({ name: webhook.name, clientConfig }));
  const body = { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, webhooks };
  return { name, body, fieldManager: FIELD_MANAGER, force: true };
}

/** The response within a timeout. An error names the request and the API server's reason, never the sent body. */
async function answer<T>(what: string, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: the API server did not answer in ${REQUEST_DEADLINE_MS / 1000} s`)),
      REQUEST_DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([asked, late]);
  } catch (error: unknown) {
    if (error instanceof ApiException) throw new Error(`${what}: ${refusal(error)}`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function refusal({ code, body }: ApiException<unknown>): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    return String((JSON.parse(text) as { message?: string }).message ?? `status ${code}`);
  } catch {
    return `status ${code}`; // no Status object, such as a proxy's page
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decode(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}
