import { ConnectionStringError } from "../connection-string";

/**
 * Reads libpq's keyword/value form: `host=db.shop password='it\'s' …` with blanks around `=` allowed,
 * single quotes and backslash escapes. One pass over the text, so its time is linear in its length.
 * Source: PostgreSQL manual, "Keyword/Value Connection Strings".
 */
export function parseKeywords(text: string): Array<readonly [keyword: string, value: string]> {
  const pairs: Array<readonly [string, string]> = [];
  let at = skipBlanks(text, 0);
  while (at < text.length) {
    const keyword = readKeyword(text, at);
    const value = readValue(text, keyword.end);
    pairs.push([keyword.text, value.text]);
    at = skipBlanks(text, value.end);
  }
  return pairs;
}

interface Token {
  readonly text: string;
  /** Index behind it. */
  readonly end: number;
}

function readKeyword(text: string, start: number): Token {
  let end = start;
  while (end < text.length && text[end] !== "=" && !isBlank(text, end)) end += 1;
  const equals = skipBlanks(text, end);
  if (end === start || text[equals] !== "=")
    throw new ConnectionStringError("has a word without '=' where keyword=value is due");
  return { text: text.slice(start, end), end: skipBlanks(text, equals + 1) };
}

function readValue(text: string, start: number): Token {
  const isQuoted = text[start] === "'";
  const parts: string[] = [];
  let at = isQuoted ? start + 1 : start;
  while (at < text.length && (isQuoted ? text[at] !== "'" : !isBlank(text, at))) {
    if (text[at] === "\\") at += 1;
    parts.push(text[at] ?? "");
    at += 1;
  }
  if (!isQuoted) return { text: parts.join(""), end: at };
  if (at >= text.length) throw new ConnectionStringError("has a quote that does not end");
  return { text: parts.join(""), end: at + 1 };
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text, at)) at += 1;
  return at;
}

function isBlank(text: string, at: number): boolean {
  const character = text[at];
  return character !== undefined && " \t\n\v\f\r".includes(character);
}
