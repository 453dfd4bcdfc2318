import type { DialTarget } from "./net/dialler";

export { BACKEND_NAMES } from "../api/vocabulary";

/** Longest message, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 1024;

/**
 * A message in the form for status and Events: on one line, without control or format characters (they can
 * forge log lines and reverse text on a terminal), and within {@link MAX_MESSAGE_BYTES}.
 */
export function clean(text: string, maxBytes: number = MAX_MESSAGE_BYTES): string {
  // Cut first: hostile input may be large, and text far beyond the limit is never shown.
  const visible = text
    .slice(0, maxBytes * 2)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, "");
  return cutToBytes(visible, maxBytes);
}

/** A name from a spec or a Secret's non-secret part, short enough to leave room for the sentence around it. */
export function quoted(name: string): string {
  return clean(name, 128);
}

/** `db.shop:5432`, `[fd00::5]:5432`. */
export function hostPort({ host, port }: DialTarget): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A word in the form that a shell takes literally, for commands in messages. */
export function shellWord(text: string): string {
  return /^[\w:.@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `15 s`, `0.5 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(milliseconds < 1000 ? 2 : 1))} s`;
}

function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const ellipsis = "…";
  let end = maxBytes - Buffer.byteLength(ellipsis);
  // A byte 10xxxxxx continues a character, where the text must not be cut.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end) + ellipsis;
}
