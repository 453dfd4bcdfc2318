import type { Secret } from "../../domain/ports";
import {
  hasOuterSpace,
  invalidValue,
  optionalTrimmed,
  optionalVerbatim,
  outerSpaceFault,
  requiredVerbatim,
  type SecretValue,
} from "../secrets/secret-values";
import { saslPrepared } from "../secrets/sasl-prep";

export const PASSWORD_MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
export type PasswordMechanism = (typeof PASSWORD_MECHANISMS)[number];
export type Mechanism = PasswordMechanism | "OAUTHBEARER";

/** What the exporter logs in by, whatever the Secret's key `mechanism` says. */
export const EXPORTER_MECHANISM: PasswordMechanism = "SCRAM-SHA-256";

export type KafkaCredentials = {
  /** The values that are sent, to tell which of them a refused login may be due to. */
  readonly sent: readonly SecretValue[];
} & (
  | { readonly mechanism: PasswordMechanism; readonly username: string; readonly password: string }
  | { readonly mechanism: "OAUTHBEARER"; readonly token: string }
);

/**
 * What the Secret gives for SASL, read as the exporter reads it: a user name logs in, by SCRAM-SHA-256 unless the key
 * `mechanism` declares another one, with the key `token` in place of `password` when it is there, even empty. Without a
 * user name there is no login, but for a declared OAUTHBEARER, whose bearer token is `token`.
 * Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`.
 */
export function kafkaCredentials(secret: Secret): KafkaCredentials | undefined {
  const mechanism = declaredMechanism(secret);
  if (mechanism === "OAUTHBEARER") return bearer(secret);
  const username = optionalVerbatim(secret, ["username"]);
  if (!username) {
    if (mechanism) requiredVerbatim(secret, ["username"]);
    return undefined;
  }
  const password = passwordOf(secret);
  const sent = [username, password].map(sendable);
  const used = mechanism ?? EXPORTER_MECHANISM;
  // As the exporter's library does, and Kafka does not when it stores a credential.
  const [user, proof] = sent.map(({ text }) => (used === "PLAIN" ? text : saslPrepared(text)));
  return { mechanism: used, username: user ?? "", password: proof ?? "", sent };
}

function declaredMechanism(secret: Secret): Mechanism | undefined {
  const named = optionalTrimmed(secret, ["mechanism"]);
  if (!named) return undefined;
  const wanted = named.text.toUpperCase();
  const known = [...PASSWORD_MECHANISMS, "OAUTHBEARER" as const].find((each) => each === wanted);
  if (known) return known;
  throw invalidValue(secret, named.key, mechanismFault(wanted));
}

/** Words of other programs for a mechanism, without punctuation, and what to write. */
const MECHANISM_WORDS: Readonly<Record<string, PasswordMechanism>> = {
  PLAINTEXT: "PLAIN",
  SASLPLAIN: "PLAIN",
  SCRAMSHA256: "SCRAM-SHA-256",
  SCRAM256: "SCRAM-SHA-256",
  SCRAMSHA512: "SCRAM-SHA-512",
  SCRAM512: "SCRAM-SHA-512",
};
const OTHER_MECHANISMS = ["AWS_MSK_IAM", "GSSAPI", "KERBEROS"];

function mechanismFault(wanted: string): string {
  const meant = MECHANISM_WORDS[wanted.replace(/[^A-Z0-9]/g, "")];
  if (meant) return `is no name of a SASL mechanism. Write ${meant}`;
  if (wanted === "NONE")
    return "is none. Leave the keys mechanism and username out for a listener without a login";
  return OTHER_MECHANISMS.includes(wanted)
    ? `is ${wanted}, by which the exporter cannot log in. Use a listener with ${EXPORTER_MECHANISM}`
    : `is none of ${[...PASSWORD_MECHANISMS, "OAUTHBEARER"].join(", ")}`;
}

function bearer(secret: Secret): KafkaCredentials {
  const token = requiredVerbatim(secret, ["token"]);
  if (hasOuterSpace(token)) throw outerSpaceFault(token);
  if (!/^[\x21-\x7e]+$/.test(token.text)) throw invalidValue(secret, token.key, "is not a bearer token");
  return { mechanism: "OAUTHBEARER", token: token.text, sent: [token] };
}

function passwordOf(secret: Secret): SecretValue {
  if (!secret.data.has("token")) return requiredVerbatim(secret, ["password"]);
  return optionalVerbatim(secret, ["token"]) ?? { secret: secret.name, key: "token", text: "" };
}

/** SASL's rules for text (RFC 4013, section 2.3) refuse control characters, a line end among them. */
function sendable(value: SecretValue): SecretValue {
  if (!/\p{Cc}/u.test(value.text)) return value;
  if (hasOuterSpace(value)) throw outerSpaceFault(value);
  throw invalidValue(
    { name: value.secret },
    value.key,
    "contains a control character, which SASL cannot send",
  );
}
