import { failed } from "../../domain/failure";
import type { PlanOptions } from "../probe";
import { KEY_FILE, type ServiceAccount } from "./service-account";

/** The identity whose access token is used. */
export type GoogleIdentity =
  | { readonly kind: "account"; readonly account: ServiceAccount }
  /** The pod's own identity, from the metadata server. */
  | { readonly kind: "ambient"; readonly metadataHost?: string };

export interface AmbientUse {
  /** The sink's field that names no Secret. */
  readonly field: string;
  /** What a Secret may hold instead of a key file, for the message. */
  readonly otherKeys?: string;
  /** Whether the token would be sent to Google. */
  readonly isGoogle: boolean;
  /** Servers to which it may be sent, for the message. */
  readonly shownTo: string;
  /** A field that names a Secret which the sink's type does not use, for the message. */
  readonly unread?: string;
}

/**
 * The pod's own identity. Any server that receives a bearer token could use it, so it is sent only to Google.
 * Throws `FailureError` `NoCredentials`.
 */
export function ambientIdentity(
  { ambientCredentials, cloud }: PlanOptions,
  { field, otherKeys, isGoogle, shownTo, unread }: AmbientUse,
): GoogleIdentity {
  if (!ambientCredentials) {
    throw failed(
      "NoCredentials",
      `${field} names no Secret. Name one with ${KEY_FILE}${otherKeys ? `, or with ${otherKeys}` : ""}` +
        `${unread ? `; the Secret of ${unread} is not used` : ""}. ` +
        "The operator's own identity is used only when KOLLECT_ALLOW_AMBIENT_CREDENTIALS is true.",
    );
  }
  if (!isGoogle) {
    throw failed(
      "NoCredentials",
      `${field} names no Secret. Name one with ${KEY_FILE}: the operator's own identity is sent only to ${shownTo}.`,
    );
  }
  const metadataHost = cloud?.googleMetadataHost;
  return { kind: "ambient", ...(metadataHost ? { metadataHost } : {}) };
}
