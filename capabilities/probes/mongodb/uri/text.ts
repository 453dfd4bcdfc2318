import type { DialTarget } from "../../net/dialler";
import { parseHostPort } from "../../host-port";
import { ConnectionStringError, percentDecoded } from "../../connection-string";

/** A connection string in its parts, percent-decoded, before anybody looked what the options mean. */
export interface UriParts {
  readonly srv: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly hosts: readonly DialTarget[];
  /** Whether a port is written out. */
  readonly namesPort: boolean;
  /** The path, which names the database to authenticate against. */
  readonly database?: string;
  readonly options: readonly UriOption[];
}

export interface UriOption {
  readonly name: string;
  readonly value: string;
}

export const DEFAULT_PORT = 27017;

/** A replica set has at most 50 members; more hosts are a mistake or a scan. */
export const MAX_HOSTS = 50;

/**
 * Cuts `mongodb://[user[:password]@]host[:port][,…][/[database]][?name=value[&…]]` into its parts.
 * Source: MongoDB's connection string specification. Throws {@link ConnectionStringError}.
 */
export function uriParts(text: string): UriParts {
  const scheme = /^mongodb(\+srv)?:\/\//.exec(text);
  if (!scheme) throw new ConnectionStringError("does not start with mongodb:// or mongodb+srv://");
  const rest = text.slice(scheme[0].length);
  const authorityEnd = endOf(rest, /[/?]/);
  const authority = rest.slice(0, authorityEnd);
  const behind = rest.slice(authorityEnd);
  const at = authority.lastIndexOf("@");
  checkReserved(authority, behind);
  return {
    srv: scheme[1] !== undefined,
    ...(at >= 0 ? userInfo(authority.slice(0, at)) : {}),
    hosts: hostList(authority.slice(at + 1)),
    namesPort: /:\d+(,|$)/.test(authority.slice(at + 1)),
    ...database(behind),
    options: optionList(behind),
  };
}

/** `db.shop:27018`, `db.shop`, `[fd00::5]:27017`; undefined for anything else. Names become lower case. */
export function hostAndPort(text: string): DialTarget | undefined {
  return parseHostPort(text.toLowerCase(), DEFAULT_PORT);
}

/** A special character in a password ends the hosts too early, and its `@` shows up behind them. */
function checkReserved(authority: string, behind: string): void {
  const ats = authority.split("@").length - 1;
  if (ats > 1 || (ats === 0 && behind.includes("@"))) {
    throw new ConnectionStringError(
      "has an '@' where none may be: percent-encode the characters @ : / ? # [ ] % in user name and password",
    );
  }
}

function userInfo(text: string): Pick<UriParts, "user" | "password"> {
  const [user = "", password, ...more] = text.split(":");
  if (more.length > 0) {
    throw new ConnectionStringError(
      "has more than one ':' before the '@': write '%3A' for one in the password",
    );
  }
  if (user === "") throw new ConnectionStringError("names no user before the '@'");
  return { user: decode(user), ...(password ? { password: decode(password) } : {}) };
}

function hostList(text: string): readonly DialTarget[] {
  if (text === "") throw new ConnectionStringError("names no host");
  const items = text.split(",");
  if (items.length > MAX_HOSTS) throw new ConnectionStringError(`names more than ${MAX_HOSTS} hosts`);
  return items.map((item, index) => {
    const decoded = decode(item);
    const target = hostAndPort(decoded);
    if (target) return target;
    const which = items.length === 1 ? "a host" : `a host (number ${index + 1})`;
    throw new ConnectionStringError(
      decoded.includes("/")
        ? `has ${which} that is a Unix socket, which probes cannot reach`
        : `has ${which} that is not name, name:port or [IPv6 address]:port`,
    );
  });
}

function database(behind: string): Pick<UriParts, "database"> {
  if (!behind.startsWith("/")) return {};
  const name = decode(behind.slice(1, endOf(behind, /\?/)));
  if (/[/\\\s"$.\0]/.test(name))
    throw new ConnectionStringError("has a '/' path that is not the name of a database");
  return name === "" ? {} : { database: name };
}

function optionList(behind: string): readonly UriOption[] {
  const text = behind.slice(endOf(behind, /\?/) + 1);
  if (text === "") return [];
  return text
    .split("&")
    .filter((item) => item !== "")
    .map((item, index) => {
      const equals = item.indexOf("=");
      if (equals <= 0 || equals === item.length - 1) {
        throw new ConnectionStringError(
          `has an option behind the '?' that is not name=value (number ${index + 1})`,
        );
      }
      return { name: decode(item.slice(0, equals)), value: decode(item.slice(equals + 1)) };
    });
}

function decode(text: string): string {
  const value = percentDecoded(text);
  if (!value.includes("\0")) return value;
  throw new ConnectionStringError("has a zero byte");
}

/** Index of the first match, or the text's length. */
function endOf(text: string, pattern: RegExp): number {
  const index = text.search(pattern);
  return index < 0 ? text.length : index;
}
