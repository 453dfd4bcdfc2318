import type { Secret } from "../../domain/ports";
import { quoted } from "../messages";
import {
  invalidValue,
  optionalText,
  optionalVerbatim,
  requiredVerbatim,
  type SecretValue,
} from "../secret-values";
import { userKey, type UserKey } from "./nkey";

/** The keys that hold a login, the one that counts first. */
const FILES = ["creds", "nkey"] as const;
const KEYS = ["token", "username"] as const;

export interface NatsCredentials {
  /** What messages call it: `user kollect`, `the token`. */
  readonly who: string;
  /** The keys of the Secret, for messages: `the key creds`. */
  readonly keys: string;
  /** The fields of CONNECT that prove it. */
  readonly prove: (nonce: string | undefined) => Readonly<Record<string, string>>;
}

/**
 * The login of a Secret: `creds`, else `nkey`, else `token`, else `username` with `password`. Undefined when it
 * has none of them. Throws `FailureError`: `SecretKeyMissing`, `SecretValueInvalid`.
 */
export function natsCredentials(secret: Secret): NatsCredentials | undefined {
  const value = optionalText(secret, FILES) ?? optionalVerbatim(secret, KEYS);
  if (value) return READERS[value.key as LoginKey](value, secret);
  if (secret.data.has("password")) requiredVerbatim(secret, ["username"]);
  return undefined;
}

type LoginKey = (typeof FILES)[number] | (typeof KEYS)[number];
type Reader = (value: SecretValue, secret: Secret) => NatsCredentials;

const READERS: Readonly<Record<LoginKey, Reader>> = {
  creds: ({ key, text }, secret) => {
    const jwt = block(text, "NATS USER JWT");
    const seed = block(text, "USER NKEY SEED");
    if (jwt === undefined || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt) || seed === undefined) {
      throw invalidValue(secret, key, "is no credentials file as nsc writes it, with a user's JWT and seed");
    }
    const pair = keyPair(seed, key, secret);
    return {
      who: "the user of the credentials",
      keys: "the key creds",
      prove: (nonce) => ({ jwt, ...signed(pair, nonce) }),
    };
  },
  nkey: ({ key, text }, secret) => {
    const pair = keyPair(text.trim(), key, secret);
    return {
      who: "the nkey",
      keys: "the key nkey",
      prove: (nonce) => ({ nkey: pair.publicKey, ...signed(pair, nonce) }),
    };
  },
  token: ({ text }) => ({
    who: "the token",
    keys: "the key token",
    prove: () => ({ auth_token: text }),
  }),
  username: ({ text }, secret) => {
    const password = requiredVerbatim(secret, ["password"]).text;
    return {
      who: `user ${quoted(text)}`,
      keys: "the keys username and password",
      prove: () => ({ user: text, pass: password }),
    };
  },
};

function keyPair(seed: string, key: string, secret: Secret): UserKey {
  const pair = userKey(seed);
  if (pair) return pair;
  throw invalidValue(
    secret,
    key,
    "holds no user's nkey seed. A seed begins with SU; a public key cannot log in",
  );
}

/** A server that asks for no login gives no nonce. */
function signed(pair: UserKey, nonce: string | undefined): Readonly<Record<string, string>> {
  return nonce === undefined ? {} : { sig: pair.sign(nonce) };
}

/** The line behind `-----BEGIN name-----`. */
function block(text: string, name: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const begin = lines.findIndex((line) => line.startsWith("---") && line.includes(`BEGIN ${name}`));
  return begin < 0 ? undefined : lines.slice(begin + 1).find((line) => line !== "");
}
