import { failed, FailureError } from "../../domain/failure";
import type { Secret } from "../../domain/ports";
import { lookAlikeHint } from "./key-names";
import { quoted } from "../messages";
import { suspectHint } from "./suspect-values";
import { trimmed } from "../../lib/trimmed";

/** One value of a Secret, with its location, for messages. */
export interface SecretValue {
  readonly secret: string;
  readonly key: string;
  readonly text: string;
}

/** Longest value that a probe accepts, in bytes: far above any credential, far below a Secret's 1 MiB. */
export const MAX_VALUE_BYTES = 256 * 1024;

/**
 * How the exporter reads a value.
 * - `trimmed`: without white space around it; a blank value counts as absent (connection strings).
 * - `verbatim`: every byte counts; an empty value counts as absent (credentials on one line).
 * - `text`: without one trailing line end; a blank value counts as absent (keys, certificates, known_hosts).
 */
type Reading = "trimmed" | "verbatim" | "text";

/** White space as Go defines it; JavaScript also has the byte order mark, and lacks U+0085. */
const SPACE = /(?!\uFEFF)[\s\u0085]/;

const READINGS: Readonly<Record<Reading, (text: string) => string | undefined>> = {
  trimmed: (text) => trimmed(text, SPACE) || undefined,
  verbatim: (text) => text || undefined,
  text: (text) => (text.trim() === "" ? undefined : text.replace(/\r?\n$/, "")),
};

/** The first of the keys with a value, trimmed; undefined when there is none. Throws `SecretValueInvalid`. */
export function optionalTrimmed(secret: Secret, keys: readonly string[]): SecretValue | undefined {
  return first(secret, keys, "trimmed");
}

/** The first of the keys with a value, verbatim; undefined when there is none. Throws `SecretValueInvalid`. */
export function optionalVerbatim(secret: Secret, keys: readonly string[]): SecretValue | undefined {
  return first(secret, keys, "verbatim");
}

/** The first of the keys with a value of several lines; undefined when there is none. Throws `SecretValueInvalid`. */
export function optionalText(secret: Secret, keys: readonly string[]): SecretValue | undefined {
  return first(secret, keys, "text");
}

/** As {@link optionalTrimmed}; throws `SecretKeyMissing`, or `SecretValueInvalid` when all are empty. */
export function requiredTrimmed(secret: Secret, keys: readonly string[]): SecretValue {
  return first(secret, keys, "trimmed") ?? missing(secret, keys);
}

/** As {@link optionalVerbatim}; throws `SecretKeyMissing`, or `SecretValueInvalid` when all are empty. */
export function requiredVerbatim(secret: Secret, keys: readonly string[]): SecretValue {
  return first(secret, keys, "verbatim") ?? missing(secret, keys);
}

/** As {@link optionalText}; throws `SecretKeyMissing`, or `SecretValueInvalid` when all are empty. */
export function requiredText(secret: Secret, keys: readonly string[]): SecretValue {
  return first(secret, keys, "text") ?? missing(secret, keys);
}

function first(secret: Secret, keys: readonly string[], reading: Reading): SecretValue | undefined {
  for (const key of keys) {
    const bytes = secret.data.get(key);
    const text = bytes && READINGS[reading](textOf(secret, key, bytes));
    if (text !== undefined) return { secret: secret.name, key, text };
  }
  return undefined;
}

function missing(secret: Secret, keys: readonly string[]): never {
  const empty = keys.find((key) => secret.data.has(key));
  if (empty !== undefined) throw invalidValue(secret, empty, "is empty");
  const wanted = keys.length === 1 ? `the key ${keys[0]}` : `any of the keys ${keys.join(", ")}`;
  const hint = lookAlikeHint(secret, keys);
  throw failed("SecretKeyMissing", `Secret ${secret.name} does not have ${wanted}. ${hint || "Add it."}`);
}

/** Whether a value begins or ends with white space, which is sent unchanged. */
export function hasOuterSpace({ text }: Pick<SecretValue, "text">): boolean {
  return text !== text.trim();
}

/** The fault of a value that a server refuses, or that cannot be sent, because of its white space. */
export function outerSpaceFault({ secret, key, text }: SecretValue): FailureError {
  const what = /[\r\n]/.test(text.slice(text.trimEnd().length))
    ? "ends in a line end"
    : "begins or ends with white space";
  return invalidValue(
    { name: secret },
    key,
    `${what}, which is sent unchanged. Write the value without it; kubectl create secret --from-file keeps the line end`,
  );
}

/**
 * The error to report for a refused login: the value's fault if one of the sent values begins or ends with
 * white space, else the error itself, with a hint if one of them looks like a mistake.
 */
export function blamingSent(error: unknown, sent: readonly SecretValue[]): unknown {
  if (!(error instanceof FailureError) || error.failure.cause !== "AuthenticationFailed") return error;
  const spaced = sent.find(hasOuterSpace);
  if (spaced) return outerSpaceFault(spaced);
  for (const { secret, key, text } of sent) {
    const hint = suspectHint(text);
    if (hint === undefined) continue;
    const { cause, message } = error.failure;
    return failed(cause, `${message} The key ${quoted(key)} of Secret ${quoted(secret)} ${hint}.`, error);
  }
  return error;
}

function textOf(secret: Secret, key: string, bytes: Buffer): string {
  if (bytes.length > MAX_VALUE_BYTES) {
    throw invalidValue(secret, key, `is larger than ${MAX_VALUE_BYTES / 1024} KiB`);
  }
  const text = decodeUtf8(bytes);
  const fault = text === undefined ? "is not text in UTF-8" : encodingFault(text);
  if (text === undefined || fault !== undefined)
    throw invalidValue(secret, key, utf16Fault(bytes) ?? fault ?? "");
  return text;
}

/** The exporter's readers treat a byte order mark as part of the value. */
function encodingFault(text: string): string | undefined {
  return text.startsWith("\uFEFF")
    ? "begins with a byte order mark (BOM). Save the value as UTF-8 without one"
    : undefined;
}

/** PowerShell's `>` and Out-File write UTF-16. */
function utf16Fault(bytes: Buffer): string | undefined {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0;
  return mark === 0xfffe || mark === 0xfeff
    ? "is text in UTF-16, as PowerShell writes it. Save it as UTF-8 without a byte order mark"
    : undefined;
}

/** A failure about one value; `fault` completes "The key X of Secret Y …" and must not quote the value. */
export function invalidValue(secret: Pick<Secret, "name">, key: string, fault: string): FailureError {
  return failed("SecretValueInvalid", `The key ${quoted(key)} of Secret ${quoted(secret.name)} ${fault}.`);
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
