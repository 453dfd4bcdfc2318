import { failed } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import type { ResolvedSecrets } from "../probe";
import { marksFault } from "./sasl-prep";
import { invalidValue, requiredTrimmed } from "./secret-values";

/**
 * A fault of a connection string. The message completes "The key dsn of Secret pg-dsn …" and quotes nothing
 * of the string except the name of an option, because any part of it may be the password.
 */
export class ConnectionStringError extends Error {
  override readonly name = "ConnectionStringError";
}

/** A pattern of values that are stored in place of a connection string, and the advice for them. */
export interface Suspect {
  readonly looksLike: (text: string) => boolean;
  /** Completes the sentence as a {@link ConnectionStringError} does. */
  readonly fault: string;
}

/** Throws {@link ConnectionStringError} with the fault of the first matching pattern. */
export function refuseSuspects(text: string, suspects: readonly Suspect[]): void {
  const suspect = suspects.find(({ looksLike }) => looksLike(text));
  if (suspect) throw new ConnectionStringError(suspect.fault);
}

/** Throws {@link ConnectionStringError} for a password that SASLprep may not prepare. */
export function refuseMarks(password: string | undefined): void {
  const fault = password === undefined ? undefined : marksFault(password);
  if (fault) throw new ConnectionStringError(`has a password that ${fault}`);
}

/** The decoded bytes of a base64 text of at least 16 characters, as Latin-1; empty for any other text. */
export function base64Decoded(text: string): string {
  const packed = text.replace(/\s+/g, "");
  const isBase64 = packed.length >= 16 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(packed);
  return isBase64 ? Buffer.from(packed, "base64").toString("latin1") : "";
}

/** Location of a connection string. */
export interface ConnectionStringPlace {
  /** The sink's field that names the Secret. */
  readonly field: string;
  /** The Secret's keys that may hold it; the first that is not blank counts. */
  readonly keys: readonly string[];
  /** Its name in messages: "DSN". */
  readonly name: string;
}

export interface ConnectionString<T> {
  readonly parsed: T;
  readonly secret: Secret;
  /** Its location, for messages. */
  readonly source: { readonly secret: string; readonly key: string };
}

/**
 * Reads the connection string in a sink's Secret.
 * Throws `FailureError`: `NoCredentials`, `SecretKeyMissing`, `SecretValueInvalid`.
 * @param parse throws {@link ConnectionStringError}
 */
export function readConnectionString<T>(
  secrets: ResolvedSecrets,
  { field, keys, name }: ConnectionStringPlace,
  parse: (text: string) => T,
): ConnectionString<T> {
  const secret = secrets.get(field);
  if (!secret)
    throw failed("NoCredentials", `${field} names no Secret. Name the one that holds the ${name}.`);
  const { key, text } = requiredTrimmed(secret, keys);
  try {
    return { parsed: parse(text), secret, source: { secret: secret.name, key } };
  } catch (error) {
    if (error instanceof ConnectionStringError) throw invalidValue(secret, key, error.message);
    throw error;
  }
}

/** A part of a connection string without its percent-encoding. Throws {@link ConnectionStringError}. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConnectionStringError(
      "has a '%' that is not a percent-encoded character; write '%25' for the character itself",
    );
  }
}

/**
 * Whether a part after the hosts contains what looks like another host: an '@' followed by a port, path or query. The
 * string was then split at a separator within the password, and the supposed host is part of the password.
 */
export function holdsHost(part: string): boolean {
  return /@[^@]*(?::\d|[/?])/.test(part);
}

/** Whether the text has an '@', literal or percent-encoded: credentials may precede it. */
export function hasAt(text: string): boolean {
  return /@|%(?:25)*40/i.test(text);
}
