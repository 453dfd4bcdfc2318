import { ConnectionStringError, percentDecoded } from "../connection-string";

/**
 * Reads libpq's URI form, `postgresql://[user[:password]@][host][:port][,…][/dbname][?keyword=value&…]`,
 * as the keyword/value pairs that it stands for. Everything is percent-decoded.
 * Source: PostgreSQL manual, "Connection URIs"; RFC 3986 for the brackets around IPv6 addresses.
 */
export function parseUrl(text: string): Array<readonly [keyword: string, value: string]> {
  const rest = text.slice(text.indexOf("://") + 3);
  const userEnd = rest.slice(0, firstOf(rest, "/")).indexOf("@");
  const behindUser = rest.slice(userEnd + 1);
  const pathStart = firstOf(behindUser, "/?");
  const queryStart = firstOf(behindUser, "?");
  const database = behindUser.slice(pathStart + 1, Math.max(pathStart + 1, queryStart));
  return [
    ...(userEnd >= 0 ? userInfo(rest.slice(0, userEnd)) : []),
    ...hosts(behindUser.slice(0, pathStart)),
    ...pair("dbname", database),
    ...query(behindUser.slice(queryStart + 1)),
  ];
}

/** Whether libpq reads the text as a URI. */
export function isUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

function userInfo(text: string): Array<readonly [string, string]> {
  const colon = firstOf(text, ":");
  return [...pair("user", text.slice(0, colon)), ...pair("password", text.slice(colon + 1))];
}

function hosts(text: string): Array<readonly [string, string]> {
  const items = text.split(",").map(hostAndPort);
  const ports = items.map(({ port }) => port);
  return [
    ...pair("host", items.map(({ host }) => host).join(",")),
    ...(ports.some((port) => port !== "") ? pair("port", ports.join(",")) : []),
  ];
}

function hostAndPort(text: string): { host: string; port: string } {
  if (!text.startsWith("[")) {
    const colon = firstOf(text, ":");
    return { host: text.slice(0, colon), port: text.slice(colon + 1) };
  }
  const end = text.indexOf("]");
  const behind = text.slice(end + 1);
  if (end < 0 || (behind !== "" && !behind.startsWith(":"))) {
    throw new ConnectionStringError("has an IPv6 address whose brackets are not in order");
  }
  return { host: text.slice(1, end), port: behind.slice(1) };
}

function query(text: string): Array<readonly [string, string]> {
  if (text === "") return [];
  return text.split("&").map((item) => {
    const equals = item.indexOf("=");
    if (equals <= 0 || item.includes("=", equals + 1)) {
      throw new ConnectionStringError("has a parameter behind '?' that is not keyword=value");
    }
    const keyword = percentDecoded(item.slice(0, equals));
    const value = percentDecoded(item.slice(equals + 1));
    // libpq takes JDBC's spelling too.
    return keyword === "ssl" && value === "true" ? ["sslmode", "require"] : [keyword, value];
  });
}

function pair(keyword: string, value: string): Array<readonly [string, string]> {
  return value === "" ? [] : [[keyword, percentDecoded(value)]];
}

/** Index of the first of the characters, or the text's length. */
function firstOf(text: string, characters: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (characters.includes(text[at] ?? "")) return at;
  }
  return text.length;
}
