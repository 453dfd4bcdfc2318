import type { TlsVersion } from "../net/dialler";
import { ConnectionStringError } from "../connection-string";
import { dsnHosts, type DsnHost } from "./dsn-hosts";
import { parseKeywords } from "./dsn-keywords";
import { checkParameters, type DsnParameter } from "./dsn-parameters";
import { isUrl, parseUrl } from "./dsn-url";

export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

export const TARGET_SESSION_ATTRS = [
  "any",
  "read-write",
  "read-only",
  "primary",
  "standby",
  "prefer-standby",
] as const;
export type TargetSessionAttrs = (typeof TARGET_SESSION_ATTRS)[number];

export const AUTH_METHODS = ["password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** A connection string as discrete, decoded values; nothing is ever put together into a string again. */
export interface Dsn {
  /** At least one; tried in this order. */
  readonly hosts: readonly DsnHost[];
  readonly user: string;
  readonly password?: string;
  /** The user's name when the string names none, as libpq has it. */
  readonly database: string;
  /** Absent when the string does not say; libpq's default is prefer. */
  readonly sslMode?: SslMode;
  /** `sslrootcert=system`: verify against the system's authorities. */
  readonly systemRoots: boolean;
  readonly directTls: boolean;
  readonly sendServerName: boolean;
  readonly minTlsVersion?: TlsVersion;
  readonly maxTlsVersion?: TlsVersion;
  readonly channelBinding: "disable" | "prefer" | "require";
  /** Methods that the server may ask for; absent means any. */
  readonly requireAuth?: readonly AuthMethod[];
  /** For one host; absent means as long as the attempt allows. */
  readonly connectTimeoutMs?: number;
  readonly targetSessionAttrs: TargetSessionAttrs;
  /** `options`: command line options for the session. */
  readonly options?: string;
  readonly applicationName?: string;
}

/** Longest string that is read, in characters. */
export const MAX_DSN_LENGTH = 16_384;

/**
 * Reads a connection string in either of libpq's forms, with libpq's parameters and their meaning.
 * Throws {@link ConnectionStringError}, whose message never quotes the string.
 */
export function parseDsn(text: string): Dsn {
  if (text.length > MAX_DSN_LENGTH)
    throw new ConnectionStringError(`is longer than ${MAX_DSN_LENGTH} characters`);
  const trimmed = text.trim();
  if (!isUrl(trimmed) && /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) {
    throw new ConnectionStringError("is a URL, but does not start with postgresql:// or postgres://");
  }
  const values = checkParameters(isUrl(trimmed) ? parseUrl(trimmed) : parseKeywords(trimmed));
  // First, because a password that is not encoded shows in the hosts, and that message helps.
  const hosts = dsnHosts(values);
  const user = given(values, "user");
  if (!user) throw new ConnectionStringError("names no user");
  return {
    hosts,
    user,
    ...optional("password", given(values, "password")),
    database: given(values, "dbname") ?? user,
    ...tlsSettings(values),
    channelBinding: oneOf(values, "channel_binding", ["disable", "prefer", "require"]) ?? "prefer",
    ...optional("requireAuth", authMethods(given(values, "require_auth"))),
    ...optional("connectTimeoutMs", connectTimeout(given(values, "connect_timeout"))),
    targetSessionAttrs: oneOf(values, "target_session_attrs", TARGET_SESSION_ATTRS) ?? "any",
    ...optional("options", given(values, "options")),
    ...optional(
      "applicationName",
      given(values, "application_name") ?? given(values, "fallback_application_name"),
    ),
  };
}

type Values = ReadonlyMap<DsnParameter, string>;
type TlsSettings = Pick<
  Dsn,
  "sslMode" | "systemRoots" | "directTls" | "sendServerName" | "minTlsVersion" | "maxTlsVersion"
>;

function tlsSettings(values: Values): TlsSettings {
  const mode = oneOf(values, "sslmode", SSL_MODES);
  const systemRoots = usesSystemRoots(given(values, "sslrootcert"));
  if (systemRoots && mode && mode !== "verify-full") {
    throw new ConnectionStringError("has sslrootcert=system, which needs sslmode=verify-full");
  }
  const sslMode = systemRoots ? "verify-full" : mode;
  const directTls = oneOf(values, "sslnegotiation", ["postgres", "direct"]) === "direct";
  if (directTls && !["require", "verify-ca", "verify-full"].includes(sslMode ?? "prefer")) {
    throw new ConnectionStringError(
      "has sslnegotiation=direct, which needs sslmode=require, verify-ca or verify-full",
    );
  }
  return {
    ...optional("sslMode", sslMode),
    systemRoots,
    directTls,
    sendServerName: oneOf(values, "sslsni", ["0", "1"]) !== "0",
    ...optional("minTlsVersion", oneOf(values, "ssl_min_protocol_version", TLS_VERSIONS)),
    ...optional("maxTlsVersion", oneOf(values, "ssl_max_protocol_version", TLS_VERSIONS)),
  };
}

const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const satisfies readonly TlsVersion[];

function usesSystemRoots(sslrootcert: string | undefined): boolean {
  if (sslrootcert === undefined || sslrootcert === "system") return sslrootcert === "system";
  throw new ConnectionStringError(
    "has sslrootcert, which names a file, and the operator reads no files for a sink: " +
      "put the certificates into spec.tls.caBundle or the Secret of spec.tls.caSecretRef",
  );
}

/** libpq rounds what is below 2 s up, and takes 0 and negative numbers as no limit. */
function connectTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\s*[-+]?\d{1,9}\s*$/.test(text))
    throw new ConnectionStringError("has a connect_timeout that is not a whole number");
  const value = Number(text);
  return value > 0 ? Math.max(2, value) * 1000 : undefined;
}

/** A list of methods, or with `!` before each one the methods that are not wanted. */
function authMethods(text: string | undefined): readonly AuthMethod[] | undefined {
  if (text === undefined) return undefined;
  const items = text.split(",").map((item) => item.trim());
  const negated = items.filter((item) => item.startsWith("!"));
  const names = items.map((item) => item.replace(/^!/, ""));
  const known = names.every((name) => (AUTH_METHODS as readonly string[]).includes(name));
  if (!known || (negated.length > 0 && negated.length < items.length)) {
    throw new ConnectionStringError(`has a require_auth that is not a list of ${AUTH_METHODS.join(", ")}`);
  }
  return AUTH_METHODS.filter((method) => names.includes(method) === (negated.length === 0));
}

function oneOf<const T extends string>(
  values: Values,
  keyword: DsnParameter,
  allowed: readonly T[],
): T | undefined {
  const value = given(values, keyword);
  if (value === undefined) return undefined;
  const found = allowed.find((item) => item === value);
  if (!found)
    throw new ConnectionStringError(`has a value of ${keyword} that is not one of ${allowed.join(", ")}`);
  return found;
}

/** libpq treats an empty value as absent. */
function given(values: Values, keyword: DsnParameter): string | undefined {
  return values.get(keyword) || undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
