import type { Secret } from "../../domain/ports";
import { invalidValue, optionalVerbatim, requiredVerbatim } from "../secret-values";

export const PASSWORD_MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
export type PasswordMechanism = (typeof PASSWORD_MECHANISMS)[number];
export type Mechanism = PasswordMechanism | "OAUTHBEARER";

export type KafkaCredentials =
  | { readonly mechanism: PasswordMechanism; readonly username: string; readonly password: string }
  | { readonly mechanism: "OAUTHBEARER"; readonly token: string };

/**
 * What the Secret gives for SASL: a token if it has one, else user name and password with the mechanism that it
 * names, PLAIN when it names none. Undefined when it has neither. Throws `FailureError`: `SecretKeyMissing`,
 * `SecretValueInvalid`.
 */
export function kafkaCredentials(secret: Secret): KafkaCredentials | undefined {
  const token = optionalVerbatim(secret, ["token"]);
  if (token) {
    if (!/^[\x21-\x7e]+$/.test(token.text)) throw invalidValue(secret, token.key, "is not a bearer token");
    return { mechanism: "OAUTHBEARER", token: token.text };
  }
  const named = optionalVerbatim(secret, ["mechanism"]);
  const hasPassword = secret.data.has("username") || secret.data.has("password");
  if (!named && !hasPassword) return undefined;
  const mechanism = passwordMechanism(secret, named?.text ?? "PLAIN");
  return {
    mechanism,
    username: withoutNul(secret, "username"),
    password: withoutNul(secret, "password"),
  };
}

function passwordMechanism(secret: Secret, text: string): PasswordMechanism {
  const wanted = text.trim().toUpperCase();
  if (wanted === "OAUTHBEARER") requiredVerbatim(secret, ["token"]);
  const known = PASSWORD_MECHANISMS.find((mechanism) => mechanism === wanted);
  if (known) return known;
  throw invalidValue(secret, "mechanism", `is none of ${PASSWORD_MECHANISMS.join(", ")}`);
}

/** NUL separates the parts of a PLAIN message, so a value with one would be another user. */
function withoutNul(secret: Secret, key: "username" | "password"): string {
  const { text } = requiredVerbatim(secret, [key]);
  if (text.includes("\0")) throw invalidValue(secret, key, "contains a NUL character");
  return text;
}
