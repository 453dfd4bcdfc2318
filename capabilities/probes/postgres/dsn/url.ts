import { ConnectionStringError, holdsHost } from "../../secrets/connection-string";
import { isKnownParameter } from "./parameters";

/** Characters that pgx accepts unencoded in user and password; others must be percent-encoded (Go, `net/url`). */
const USERINFO = /^[A-Za-z0-9\-._:~!$&'()*+,;=%]*$/;
const ENCODE = "percent-encode it there ('@' is %40, '/' %2F, ':' %3A, '?' %3F, '#' %23, '%' %25)";

/**
 * Reads the URL form, `postgresql://[user[:password]@][host][:port][,…][/dbname][?keyword=value&…]`, as pgx 5.10 does,
 * which uses Go's `net/url`. Forms that its versions parse differently are refused: an unescaped '@' or '#', and ports
 * for some of several hosts. Source: pgx's `parseURLSettings`, and its observed behaviour.
 */
export function parseUrl(text: string): Array<readonly [keyword: string, value: string]> {
  checkCharacters(text);
  const rest = text.slice(text.indexOf("://") + 3);
  const queryStart = firstOf(rest, "?");
  const beforeQuery = rest.slice(0, queryStart);
  const authority = beforeQuery.slice(0, firstOf(beforeQuery, "/"));
  const path = beforeQuery.slice(authority.length);
  checkPath(path);
  const userEnd = authority.indexOf("@");
  if (authority.includes("@", userEnd + 1)) throw unescaped("has more than one '@' before the host");
  return [
    // A parameter after the question mark wins over the same one before it.
    ...(userEnd >= 0 ? userInfo(authority.slice(0, userEnd)) : []),
    ...hosts(authority.slice(userEnd + 1)),
    ...pair("dbname", path).map(([keyword, name]) => [keyword, name.replace(/^\/+/, "")] as const),
    ...query(rest.slice(queryStart + 1), userEnd >= 0),
  ];
}

/** No database name needs these characters unencoded, and a password that is split leaves them there. */
function checkPath(path: string): void {
  if (path.includes("@")) throw unescaped("has an '@' behind a '/'");
  const name = path.replace(/^\/+/, "");
  if (name.includes("/")) throw unescaped("has a '/' in the name of the database");
  if (/:\d/.test(name)) throw unescaped("has a ':' with a port behind the '/'");
}

function checkCharacters(text: string): void {
  // eslint-disable-next-line no-control-regex -- these are what Go refuses in a URL
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new ConnectionStringError(
      "has a line break or another control character in the URL: write it on one line",
    );
  }
  if (text.includes("#")) throw unescaped("has an unescaped '#'");
}

function unescaped(what: string): ConnectionStringError {
  return new ConnectionStringError(`${what}; if it is a part of user or password, ${ENCODE}`);
}

function userInfo(text: string): Array<readonly [string, string]> {
  if (!USERINFO.test(text)) {
    throw new ConnectionStringError(
      `has a character in user or password that a URL cannot have; ${ENCODE.replace("it", "each such one")}`,
    );
  }
  const colon = firstOf(text, ":");
  const user = pair("user", text.slice(0, colon));
  if (colon === text.length && user.some(([, name]) => name.includes(":"))) {
    throw new ConnectionStringError(
      "has an encoded ':' in the user name and no password: write ':' between user and password",
    );
  }
  return [...user, ...pair("password", text.slice(colon + 1))];
}

function hosts(text: string): Array<readonly [string, string]> {
  if (/[% ]/.test(text) && !/^%2F/i.test(text)) {
    throw new ConnectionStringError(
      "has a '%' or a blank where the hosts are: write their names as they are",
    );
  }
  const items = text.split(",").map(hostAndPort);
  const ports = items.map(({ port }) => port);
  const given = ports.filter((port) => port !== "").length;
  if (given > 0 && given < items.length) {
    throw new ConnectionStringError("gives a port to some of its hosts only: write the port of each host");
  }
  return [
    ...pair("host", items.map(({ host }) => host).join(",")),
    ...(given > 0 ? pair("port", ports.join(",")) : []),
  ];
}

function hostAndPort(text: string): { host: string; port: string } {
  if (!text.startsWith("[")) return withoutBrackets(text);
  const end = text.indexOf("]");
  const behind = text.slice(end + 1);
  if (end < 0 || (behind !== "" && !behind.startsWith(":"))) {
    throw new ConnectionStringError(
      "has an IPv6 address whose brackets are not in order: write [fd00::5]:5432",
    );
  }
  return { host: text.slice(1, end), port: behind.slice(1) };
}

function withoutBrackets(text: string): { host: string; port: string } {
  const colon = firstOf(text, ":");
  if (text.includes(":", colon + 1) && /^[0-9a-f:.]+$/i.test(text)) {
    throw new ConnectionStringError("has an IPv6 address without brackets: write [fd00::5]:5432");
  }
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

/**
 * A pair that pgx ignores, because Go's `url.ParseQuery` does not parse it: one with an unencoded ';', or with a '%'
 * that encodes no byte. `URL.Query` returns the other pairs and no error.
 */
const DROPPED = /;|%(?![0-9a-f]{2})/i;

/** The parameters of a query; the first of a repeated one counts, as in pgx 5.10. */
function query(text: string, hasUserinfo: boolean): Array<readonly [string, string]> {
  const items = text.split("&").filter((item) => item !== "");
  const kept = items.filter((item) => {
    const isDropped = DROPPED.test(item);
    if (isDropped) checkQueryItem(splitItem(item), item, hasUserinfo);
    return !isDropped;
  });
  const pairs = kept.map((item): readonly [string, string] => {
    const [rawKeyword, rawValue] = splitItem(item);
    if (rawKeyword === "")
      throw new ConnectionStringError("has a parameter behind '?' that is not keyword=value");
    const decoded = [decodeQuery(rawKeyword), decodeQuery(rawValue)] as const;
    checkQueryItem(decoded, item, hasUserinfo);
    return decoded;
  });
  return pairs.reverse();
}

function splitItem(item: string): readonly [keyword: string, value: string] {
  const equals = firstOf(item, "=");
  return [item.slice(0, equals), item.slice(equals + 1)];
}

/** Checks that an item is a parameter, and not part of a password followed by '@' and the host. */
function checkQueryItem(
  [keyword, value]: readonly [keyword: string, value: string],
  item: string,
  hasUserinfo: boolean,
): void {
  // Without user and password before it, the string names no user, which is the better message.
  const isForeign = hasUserinfo && item.includes("@") && !isKnownParameter(keyword);
  if (isForeign || holdsHost(`${keyword}=${value}`)) throw unescaped("has an '@' behind the '?'");
}

function pair(keyword: string, value: string): Array<readonly [string, string]> {
  return value === "" ? [] : [[keyword, decode(value)]];
}

function decodeQuery(text: string): string {
  return decode(text.replaceAll("+", " "));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConnectionStringError(
      "has a '%' that is not a percent-encoded character; write '%25' for the character itself",
    );
  }
}

/** Index of the first of the characters, or the text's length. */
function firstOf(text: string, characters: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (characters.includes(text[at] ?? "")) return at;
  }
  return text.length;
}
