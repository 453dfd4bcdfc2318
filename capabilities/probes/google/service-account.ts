import type { KeyObject } from "node:crypto";
import type { Secret } from "../../domain/ports";
import { hasAt } from "../secrets/connection-string";
import { jsonObject } from "../json-object";
import { quoted } from "../messages";
import { isHost } from "../net/names/host-name";
import { readPrivateKey } from "../secrets/private-keys";
import { invalidValue, type SecretValue } from "../secrets/secret-values";
import { noKey, notJson } from "./key-file-faults";
import { plainUrl } from "./plain-url";

/** The key of every Secret that holds a service account's key file. */
export const KEY_FILE = "credentials.json";

/** A service account's key file, as downloaded from the console. */
export interface ServiceAccount {
  readonly email: string;
  readonly privateKey: KeyObject;
  readonly keyId?: string;
  readonly tokenUri: URL;
  /** Where it was found, for messages: `the key credentials.json of Secret gcs-key`. */
  readonly source: string;
}

const DEFAULT_TOKEN_URI = "https://oauth2.googleapis.com/token";

/**
 * Reads a key file. Throws `FailureError` `SecretValueInvalid`; its message never quotes the file, except
 * for the closed word `type`.
 */
export function parseServiceAccount(value: SecretValue, secret: Secret): ServiceAccount {
  const invalid = (fault: string): Error => invalidValue(secret, value.key, fault);
  const file = jsonObject(value.text);
  if (!file) throw invalid(notJson(value.text));
  const type = text(file, "type");
  if (type !== "service_account") throw invalid(wrongType(type));
  const email = text(file, "client_email");
  if (!email || !EMAIL.test(email)) throw invalid("has no client_email that is an address");
  const keyId = text(file, "private_key_id");
  return {
    email,
    privateKey: rsaKey(text(file, "private_key")) ?? thrown(invalid(noKey(text(file, "private_key")))),
    ...(keyId ? { keyId } : {}),
    tokenUri: tokenUri(text(file, "token_uri")) ?? thrown(invalid(NO_TOKEN_URI)),
    source: `the key ${value.key} of Secret ${quoted(secret.name)}`,
  };
}

const NO_TOKEN_URI =
  "has a token_uri that is not an https URL without user name and query. Google's is https://oauth2.googleapis.com/token";

/** Form of an address, which messages show. */
const EMAIL = /^[A-Za-z0-9._-]{1,128}@[A-Za-z0-9.-]{1,128}$/;

/** The other types of credentials that Google's tools write. */
const OTHER_TYPES = [
  ...["authorized_user", "external_account", "external_account_authorized_user"],
  ...["impersonated_service_account", "gdch_service_account"],
];

function wrongType(type = ""): string {
  const known = OTHER_TYPES.includes(type) ? ` of type ${type}` : "";
  return `holds credentials${known}, but only type service_account can be used. Store the key file of a service account`;
}

function rsaKey(pem: string | undefined): KeyObject | undefined {
  const key = readPrivateKey(pem ?? "");
  return typeof key !== "string" && key.asymmetricKeyType === "rsa" ? key : undefined;
}

/** The token's request contains a proof of the account's identity, so it is never sent without TLS. */
function tokenUri(given: string | undefined): URL | undefined {
  const url = plainUrl(given ?? DEFAULT_TOKEN_URI);
  if (!url) return undefined;
  const { username, password, search, hash, pathname } = url;
  const isPlain = `${username}${password}${search}${hash}` === "" && !hasAt(pathname);
  const names = isHost(url.hostname.replace(/^\[|\]$/g, ""));
  return url.protocol === "https:" && isPlain && names ? url : undefined;
}

function text(file: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(file, name) ? file[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

function thrown(error: Error): never {
  throw error;
}
