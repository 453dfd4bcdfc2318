import { FailureError } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { quoted } from "../messages";
import { pastedFault } from "../secrets/pasted-text";
import {
  invalidValue,
  optionalText,
  optionalVerbatim,
  requiredVerbatim,
  type SecretValue,
} from "../secrets/secret-values";
import { suspectHint } from "../secrets/suspect-values";
import { userKey, type UserKey } from "./nkey";
import type { Userinfo } from "./servers";

/** Logins of the sink's API, which take precedence over those that the exporter supports. */
const FILES = ["creds", "nkey"] as const;
/** A non-empty token overrides user and password. */
const KEYS = ["token", "username"] as const;

export interface NatsCredentials {
  /** Its name in messages: `user kollect`, `the token`. */
  readonly who: string;
  /** Its location, for messages: `the key creds of Secret nats`. */
  readonly source: string;
  /** Whether it takes precedence over a user or token in the address. */
  readonly beforeUrl: boolean;
  /** The fields of CONNECT that authenticate it. */
  readonly prove: (nonce: string | undefined) => Readonly<Record<string, string>>;
  /** The values that are sent unchanged. */
  readonly sent: readonly SecretValue[];
  /** The failure to report instead when the server refuses it. */
  readonly missing?: FailureError;
}

/**
 * The login of a Secret: `creds`, else `nkey`, else `token`, else `username` with `password`, where an empty value
 * counts as absent. Undefined when it has none of them. Throws `FailureError` `SecretValueInvalid`.
 */
export function natsCredentials(secret: Secret): NatsCredentials | undefined {
  const value = optionalText(secret, FILES) ?? optionalVerbatim(secret, KEYS);
  return value && READERS[value.key as LoginKey](value, secret);
}

/** The failure of a Secret without a login, in case the server requires one. */
export function missingLogin(secret: Secret): FailureError | undefined {
  const wanted = secret.data.has("password") ? ["username"] : ["creds", "nkey", "token", "username"];
  return failureOf(() => requiredVerbatim(secret, wanted));
}

/** The login in an address. */
export function urlCredentials(userinfo: Userinfo, field: string): NatsCredentials {
  const isToken = "token" in userinfo;
  const fields: Readonly<Record<string, string>> = isToken
    ? { auth_token: userinfo.token }
    : { user: userinfo.user, pass: userinfo.password };
  return {
    who: isToken ? "the token" : `user ${quoted(userinfo.user)}`,
    source: `the text before the "@" in ${field}, which takes precedence over the Secret`,
    beforeUrl: false,
    prove: () => fields,
    sent: [],
  };
}

type LoginKey = (typeof FILES)[number] | (typeof KEYS)[number];
type Reader = (value: SecretValue, secret: Secret) => NatsCredentials;

const READERS: Readonly<Record<LoginKey, Reader>> = {
  creds: ({ key, text }, secret) => {
    const jwt = block(text, "NATS USER JWT");
    const seed = block(text, "USER NKEY SEED");
    if (jwt === undefined || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt) || seed === undefined) {
      throw invalidValue(secret, key, credsFault(text));
    }
    const pair = keyPair(seed, key, secret);
    return {
      who: "the user of the credentials",
      source: keysOf(secret, "creds"),
      beforeUrl: true,
      prove: (nonce) => ({ jwt, ...signed(pair, nonce) }),
      sent: [],
    };
  },
  nkey: ({ key, text }, secret) => {
    const pair = keyPair(text.trim(), key, secret);
    return {
      who: "the nkey",
      source: keysOf(secret, "nkey"),
      beforeUrl: true,
      prove: (nonce) => ({ nkey: pair.publicKey, ...signed(pair, nonce) }),
      sent: [],
    };
  },
  token: (token, secret) => ({
    who: "the token",
    source: keysOf(secret, "token"),
    beforeUrl: false,
    prove: () => ({ auth_token: token.text }),
    sent: [token],
  }),
  username: (user, secret) => {
    const password = optionalVerbatim(secret, ["password"]);
    const missing = password ? undefined : failureOf(() => requiredVerbatim(secret, ["password"]));
    return {
      who: `user ${quoted(user.text)}`,
      source: keysOf(secret, "username", "password"),
      beforeUrl: false,
      prove: () => ({ user: user.text, pass: password?.text ?? "" }),
      sent: [user, ...(password ? [password] : [])],
      ...(missing ? { missing } : {}),
    };
  },
};

function credsFault(text: string): string {
  const pasted = pastedFault(text, (other) => block(other, "NATS USER JWT") !== undefined);
  if (pasted) return pasted;
  return block(text, "NATS USER JWT") !== undefined && block(text, "USER NKEY SEED") === undefined
    ? "holds a user's JWT without the seed of its nkey. Store the whole file that nsc writes"
    : (suspectHint(text.trim()) ?? "is not a credentials file in nsc's format, with a user's JWT and seed");
}

function keysOf(secret: Secret, ...keys: readonly string[]): string {
  const named = keys.length === 1 ? `the key ${keys[0]}` : `the keys ${keys.join(" and ")}`;
  return `${named} of Secret ${quoted(secret.name)}`;
}

function failureOf(read: () => unknown): FailureError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof FailureError) return error;
    throw error;
  }
}

function keyPair(seed: string, key: string, secret: Secret): UserKey {
  const pair = userKey(seed);
  if (pair) return pair;
  throw invalidValue(
    secret,
    key,
    "is not a user's nkey seed. A seed begins with SU; a public key cannot log in",
  );
}

/** A server that requires no login sends no nonce. */
function signed(pair: UserKey, nonce: string | undefined): Readonly<Record<string, string>> {
  return nonce === undefined ? {} : { sig: pair.sign(nonce) };
}

/** The line after `-----BEGIN name-----`. */
function block(text: string, name: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const begin = lines.findIndex((line) => line.startsWith("---") && line.includes(`BEGIN ${name}`));
  return begin < 0 ? undefined : lines.slice(begin + 1).find((line) => line !== "");
}
