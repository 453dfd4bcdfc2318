import type { DialTarget } from "../../net/dialler";
import { parseHostPort } from "../../host-port";
import { ConnectionStringError, holdsHost, percentDecoded } from "../../secrets/connection-string";
import { checkSuspects } from "./suspects";

/** A connection string in its parts, percent-decoded, before the options are interpreted. */
export interface UriParts {
  readonly srv: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly hosts: readonly DialTarget[];
  /** Whether a port is written. */
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

/** Maximum number of hosts. A replica set has at most 50 members; more hosts are a mistake or a scan. */
export const MAX_HOSTS = 50;

/**
 * Splits `mongodb://[user[:password]@]host[:port][,…][/[database][?name=value[&…]]]` into its parts as the
 * exporter's driver does: the user ends at the first `@`, and no `?` comes before a `/`. Source:
 * `connstring.go` of mongo-driver 1.17. Throws {@link ConnectionStringError}.
 */
export function uriParts(text: string): UriParts {
  checkSuspects(text);
  const scheme = /^mongodb(\+srv)?:\/\//.exec(text);
  if (!scheme)
    throw new ConnectionStringError(
      "does not start with mongodb:// or mongodb+srv://: write mongodb://user:password@host:27017/",
    );
  const rest = text.slice(scheme[0].length);
  const at = rest.indexOf("@");
  const behindUser = rest.slice(at + 1);
  const end = endOf(behindUser, /[/?@]/);
  const hosts = behindUser.slice(0, end);
  const path = behindUser.slice(end + 1);
  checkReserved(rest.slice(0, Math.max(at, 0)), behindUser.charAt(end), path);
  return {
    srv: scheme[1] !== undefined,
    ...(at >= 0 ? userInfo(rest.slice(0, at)) : {}),
    hosts: hostList(hosts),
    namesPort: /:\d+(,|$)/.test(hosts),
    ...database(path),
    options: optionList(path),
  };
}

/** `db.shop:27018`, `db.shop`, `[fd00::5]:27017`; undefined for anything else. Names become lower case. */
export function hostAndPort(text: string): DialTarget | undefined {
  return parseHostPort(text.toLowerCase(), DEFAULT_PORT);
}

/** Checks for a misplaced `@`: a special character in a password ends user or hosts too early. */
function checkReserved(user: string, behindHosts: string, path: string): void {
  // Options may contain one: Cosmos DB's appName does.
  if (user.includes("/") || behindHosts === "@" || path.slice(0, endOf(path, /\?/)).includes("@")) {
    throw new ConnectionStringError(
      "has a misplaced '@': percent-encode the characters @ : / ? # [ ] % in user name and password",
    );
  }
  if (behindHosts === "?") {
    throw new ConnectionStringError(
      "has no '/' before the '?': write mongodb://…host:27017/?name=value, which the exporter's driver requires",
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
  if (!password && decode(user).includes(":")) {
    throw new ConnectionStringError(
      "has an encoded ':' in the user name and no password: write ':' between user and password",
    );
  }
  return { user: decode(user), ...(password ? { password: decode(password) } : {}) };
}

/** The list of hosts; an empty entry, as between two commas, is ignored. */
function hostList(text: string): readonly DialTarget[] {
  const items = text.split(",").filter((item) => item !== "");
  if (items.length === 0) throw new ConnectionStringError("names no host");
  if (items.length > MAX_HOSTS) throw new ConnectionStringError(`names more than ${MAX_HOSTS} hosts`);
  return items.map((item, index) => {
    const decoded = decode(item);
    const target = hostAndPort(decoded);
    if (target) return target;
    const which = items.length === 1 ? "a host" : `a host (number ${index + 1})`;
    throw new ConnectionStringError(`has ${which} that is ${hostFault(decoded)}`);
  });
}

function hostFault(host: string): string {
  if (host.includes("/")) return "a Unix socket, which probes cannot reach";
  if (/[<>{}]/.test(host)) return "a placeholder such as <host>: write the server's name";
  return "not name, name:port or [IPv6 address]:port";
}

function database(path: string): Pick<UriParts, "database"> {
  const name = decode(plusAsSpace(path.slice(0, endOf(path, /\?/))));
  return name === "" ? {} : { database: name };
}

function optionList(path: string): readonly UriOption[] {
  return path
    .slice(endOf(path, /\?/) + 1)
    .split(/[&;]/)
    .filter((item) => item !== "")
    .map((item, index) => {
      const equals = item.indexOf("=");
      if (equals <= 0) {
        throw new ConnectionStringError(
          `has an option after the '?' that is not name=value (number ${index + 1})`,
        );
      }
      const [name, value] = [item.slice(0, equals), item.slice(equals + 1)];
      const option = { name: decode(plusAsSpace(name)), value: decode(plusAsSpace(value)) };
      if (!holdsHost(`${option.name}=${option.value}`)) return option;
      throw new ConnectionStringError(
        `has an option with what looks like a host (number ${index + 1}): percent-encode the password`,
      );
    });
}

/** After the hosts a '+' stands for a space, as in a form. */
function plusAsSpace(text: string): string {
  return text.replaceAll("+", " ");
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
