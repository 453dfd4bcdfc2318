import { failed } from "../domain/failure";
import type { Secret } from "../domain/ports";
import { quoted } from "./messages";

/** One value of a Secret, with the key it was found under, for messages. */
export interface SecretValue {
  readonly key: string;
  readonly text: string;
}

/** Longest value that a probe takes, in bytes: far above any credential, far below a Secret's 1 MiB. */
export const MAX_VALUE_BYTES = 256 * 1024;

/**
 * The first of the keys that the Secret has, or undefined when it has none of them. One line end at the end
 * is dropped, because `kubectl create secret --from-file` keeps the file's own.
 * Throws `FailureError` `SecretValueInvalid` for an empty, oversized or non-text value.
 */
export function optionalValue(secret: Secret, keys: readonly string[]): SecretValue | undefined {
  for (const key of keys) {
    const bytes = secret.data.get(key);
    if (bytes) return { key, text: textOf(secret, key, bytes) };
  }
  return undefined;
}

/** As {@link optionalValue}, but throws `SecretKeyMissing` when the Secret has none of the keys. */
export function requiredValue(secret: Secret, keys: readonly string[]): SecretValue {
  const value = optionalValue(secret, keys);
  if (value) return value;
  const wanted = keys.length === 1 ? `the key ${keys[0]}` : `any of the keys ${keys.join(", ")}`;
  throw failed("SecretKeyMissing", `Secret ${secret.name} does not have ${wanted}. Add it.`);
}

function textOf(secret: Secret, key: string, bytes: Buffer): string {
  if (bytes.length > MAX_VALUE_BYTES) {
    throw invalidValue(secret, key, `is larger than ${MAX_VALUE_BYTES / 1024} KiB`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) throw invalidValue(secret, key, "is not text in UTF-8");
  const value = text.replace(/\r?\n$/, "");
  if (value.trim() === "") throw invalidValue(secret, key, "is empty");
  return value;
}

/** A failure about one value; `fault` completes "The key X of Secret Y …" and must not quote the value. */
export function invalidValue(secret: Pick<Secret, "name">, key: string, fault: string): Error {
  return failed("SecretValueInvalid", `The key ${quoted(key)} of Secret ${quoted(secret.name)} ${fault}.`);
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
