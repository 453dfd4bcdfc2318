import type { Secret } from "../../../domain/ports";
import { invalidValue, optionalVerbatim } from "../../secrets/secret-values";

/** Credentials for a REST API of GitLab or Gitea. */
export interface ApiCredentials {
  readonly token: string;
  /** The Secret's key that the token came from, for messages. */
  readonly key: string;
  /** Sent with the token to Gitea. */
  readonly user?: string;
}

/**
 * The credentials as the exporter reads them: `token`, else `password`, trimmed; undefined when there is neither.
 * Throws `FailureError` `SecretValueInvalid` for a value that cannot be sent in a header.
 */
export function apiCredentials(secret: Secret): ApiCredentials | undefined {
  const user = trimmed(secret, "username");
  for (const key of ["token", "password"]) {
    const token = trimmed(secret, key);
    if (/[^\t -~\u0080-\u00ff]/.test(token)) {
      throw invalidValue(
        secret,
        key,
        "holds a line end or another character that HTTP cannot send in a header",
      );
    }
    if (token) return { token, key, ...(user ? { user } : {}) };
  }
  return undefined;
}

function trimmed(secret: Secret, key: string): string {
  return optionalVerbatim(secret, [key])?.text.trim() ?? "";
}
