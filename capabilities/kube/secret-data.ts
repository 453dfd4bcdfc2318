import { ClusterError } from "../domain/cluster-error";
import type { Secret } from "../domain/ports";

/** Decodes a Secret as the API server gave it. Throws `ClusterError` `BadResponse`, without any content. */
export function decodeSecret(call: string, body: unknown): Secret {
  if (!isSecretObject(body)) throw new ClusterError(call, 0, "BadResponse", "the answer is no Secret");
  const { namespace, name, resourceVersion } = body.metadata;
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(body.data ?? {})) {
    data.set(key, Buffer.from(typeof value === "string" ? value : "", "base64"));
  }
  return { namespace, name, resourceVersion, data };
}

interface SecretObject {
  readonly kind: "Secret";
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, unknown>>;
}

function isSecretObject(body: unknown): body is SecretObject {
  if (typeof body !== "object" || body === null) return false;
  return "kind" in body && body.kind === "Secret" && "metadata" in body && typeof body.metadata === "object";
}
