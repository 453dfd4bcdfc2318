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
import { marksFault, saslPrepared } from "../secrets/sasl-prep";

export const PASSWORD_MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
export type PasswordMechanism = (typeof PASSWORD_MECHANISMS)[number];
export type Mechanism = PasswordMechanism | "OAUTHBEARER";

/** The mechanism of the exporter's login, whatever the Secret's key `mechanism` says. */
export const EXPORTER_MECHANISM: PasswordMechanism = "SCRAM-SHA-256";

export type KafkaCredentials = {
  /** The values that are sent, to find those that may be the reason of a refused login. */
  readonly sent: readonly SecretValue[];
} & (
  | { readonly mechanism: PasswordMechanism; readonly username: string; readonly password: string }
  | { readonly mechanism: "OAUTHBEARER"; readonly token: string }
);

/**
 * A Secret's credentials for SASL, read as the exporter does: with a user name there is a login, with SCRAM-SHA-256
 * unless the key `mechanism` declares another one, and with the key `token` instead of `password` if it exists, even
 * empty. Without a user name there is no login, except for a declared OAUTHBEARER, whose bearer token is `token`.
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
  // The exporter's library prepares the text, although Kafka does not when it stores a credential.
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

/** Other programs' names of a mechanism, without punctuation, and the name to write instead. */
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
    ? `is ${wanted}, with which the exporter cannot log in. Use a listener with ${EXPORTER_MECHANISM}`
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

/** SASL's rules for text (RFC 4013, section 2.3) do not allow control characters, including line ends. */
function sendable(value: SecretValue): SecretValue {
  const marks = marksFault(value.text);
  if (marks) throw invalidValue({ name: value.secret }, value.key, marks);
  if (!/\p{Cc}/u.test(value.text)) return value;
  if (hasOuterSpace(value)) throw outerSpaceFault(value);
  throw invalidValue(
    { name: value.secret },
    value.key,
    "contains a control character, which SASL cannot send",
  );
}
