import { ConnectionStringError } from "../../secrets/connection-string";

/**
 * Parses the keyword/value form: `host=db.shop password='it\'s' …` with blanks around `=` allowed, single quotes and
 * backslash escapes. One pass over the text, so its time is linear in its length.
 * Source: pgx's `parseKeywordValueSettings` (5.10).
 */
export function parseKeywords(text: string): Array<readonly [keyword: string, value: string]> {
  const pairs: Array<readonly [string, string]> = [];
  let at = skipBlanks(text, 0);
  let isCuttable = false;
  while (at < text.length) {
    const keyword = readKeyword(text, at);
    const value = readValue(text, keyword.end);
    if (isCuttable && SHOWN.includes(keyword.text) && pairs.some(([other]) => other === keyword.text)) {
      throw new ConnectionStringError(
        `has ${keyword.text} twice; if one of them is a part of the password, write the password in single quotes`,
      );
    }
    isCuttable ||= keyword.text === "password" && text[keyword.end] !== "'";
    pairs.push([keyword.text, value.text]);
    at = skipBlanks(text, value.end);
  }
  return pairs;
}

/** Parameters whose values are dialled or shown: a second one after a password may come from a blank in it. */
const SHOWN: readonly string[] = ["host", "port", "user", "dbname", "password"];

interface Token {
  readonly text: string;
  /** Index after it. */
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

/** Reads a value; a backslash escapes the next character. */
function readValue(text: string, start: number): Token {
  const isQuoted = text[start] === "'";
  const first = isQuoted ? start + 1 : start;
  let at = first;
  while (at < text.length && (isQuoted ? text[at] !== "'" : !isBlank(text, at))) {
    at += text[at] === "\\" ? 2 : 1;
  }
  if (isQuoted && at >= text.length) throw new ConnectionStringError("has a quote that does not end");
  if (at > text.length)
    throw new ConnectionStringError("ends in a backslash: write \\\\ for the character itself");
  return { text: unescape(text.slice(first, at)), end: isQuoted ? at + 1 : at };
}

/** pgx supports two escapes, and leaves every other backslash unchanged. */
function unescape(text: string): string {
  return text.replaceAll("\\\\", "\\").replaceAll("\\'", "'");
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
