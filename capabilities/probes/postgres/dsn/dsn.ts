import { ConnectionStringError, refuseMarks } from "../../secrets/connection-string";
import { dsnHosts, type DsnHost } from "./hosts";
import { parseKeywords } from "./keywords";
import { checkParameters, type DsnParameter, type RuntimeParameter } from "./parameters";
import { checkSuspects, isUrl } from "./suspects";
import { parseUrl } from "./url";

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

/** pgx's modes of running statements with parameters; the first is its default. */
export const EXEC_MODES = [
  "cache_statement",
  "cache_describe",
  "describe_exec",
  "exec",
  "simple_protocol",
] as const;
export type ExecMode = (typeof EXEC_MODES)[number];

/** A connection string as discrete, decoded values, which are never joined into a string again. */
export interface Dsn {
  /** At least one; tried in this order. */
  readonly hosts: readonly DsnHost[];
  readonly user: string;
  readonly password?: string;
  /** Defaults to the user's name, as at the server. */
  readonly database: string;
  /** Absent when the string does not set it; pgx's default is prefer. */
  readonly sslMode?: SslMode;
  /** `sslrootcert=system`: verify against the system's authorities. */
  readonly systemRoots: boolean;
  /** Parameters that name files in the exporter's pod, which no probe can read. */
  readonly files: readonly ("sslrootcert" | "sslcert")[];
  readonly directTls: boolean;
  readonly sendServerName: boolean;
  readonly channelBinding: "disable" | "prefer" | "require";
  /** Methods that the server may request; absent means any. */
  readonly requireAuth?: readonly AuthMethod[];
  /** Timeout for one host; absent means as long as the attempt allows. */
  readonly connectTimeoutMs?: number;
  readonly targetSessionAttrs: TargetSessionAttrs;
  readonly execMode: ExecMode;
  /** Whether `min_protocol_version` requires 3.2, which PostgreSQL supports since 18. */
  readonly newProtocol: boolean;
  /** Parameters sent to the server when the session starts; the server decides whether it accepts them. */
  readonly runtime: readonly RuntimeParameter[];
}

/** Longest string that is read, in characters. */
export const MAX_DSN_LENGTH = 16_384;

/**
 * Parses a connection string in either form as the exporter's driver, pgx v5, does, with pgxpool's parameters. Throws
 * {@link ConnectionStringError}, whose message never quotes the string.
 */
export function parseDsn(text: string): Dsn {
  if (text.length > MAX_DSN_LENGTH)
    throw new ConnectionStringError(`is longer than ${MAX_DSN_LENGTH} characters`);
  const trimmed = text.trim();
  checkSuspects(text);
  const { values, runtime } = checkParameters(isUrl(trimmed) ? parseUrl(trimmed) : parseKeywords(trimmed));
  // First, because an unencoded password affects the hosts, and that message is the most helpful.
  const hosts = dsnHosts(values);
  const user = given(values, "user");
  if (!user) throw new ConnectionStringError(noUser(runtime));
  const password = given(values, "password");
  refuseMarks(password);
  if (password === undefined && given(values, "passfile")) throw new ConnectionStringError(PASSFILE);
  return {
    hosts,
    user,
    ...optional("password", password),
    database: given(values, "dbname") ?? user,
    ...tlsSettings(values),
    channelBinding: oneOf(values, "channel_binding", ["disable", "prefer", "require"]) ?? "prefer",
    ...optional("requireAuth", authMethods(given(values, "require_auth"))),
    ...optional("connectTimeoutMs", connectTimeout(values.get("connect_timeout"))),
    targetSessionAttrs: exactly(values, "target_session_attrs", TARGET_SESSION_ATTRS) ?? "any",
    execMode: execMode(values),
    newProtocol: newProtocol(values),
    runtime,
  };
}

const PASSFILE =
  "has passfile and no password: the file is in the exporter's pod, where no probe can read it; write password instead";

function noUser(runtime: readonly RuntimeParameter[]): string {
  const other = runtime.find(({ name }) => /^(user_?name|uid|login)$/i.test(name));
  return other ? `names no user: write user in place of ${other.name}` : "names no user";
}

type Values = ReadonlyMap<DsnParameter, string>;
type TlsSettings = Pick<Dsn, "sslMode" | "systemRoots" | "files" | "directTls" | "sendServerName">;

function tlsSettings(values: Values): TlsSettings {
  const systemRoots = values.get("sslrootcert") === "system";
  const directTls = values.get("sslnegotiation") === "direct";
  const mode = systemRoots ? "verify-full" : oneOf(values, "sslmode", SSL_MODES);
  if (directTls && (mode === "allow" || mode === "disable")) {
    throw new ConnectionStringError(
      "has sslnegotiation=direct, which needs sslmode=require, verify-ca or verify-full",
    );
  }
  const withDirect = directTls && (mode ?? "prefer") === "prefer" ? "require" : mode;
  return {
    ...optional("sslMode", withDirect),
    systemRoots,
    files: filesOf(values, systemRoots),
    directTls,
    sendServerName: (given(values, "sslsni") ?? "1") === "1",
  };
}

function filesOf(values: Values, systemRoots: boolean): Dsn["files"] {
  const [certificate, key] = [given(values, "sslcert"), given(values, "sslkey")];
  if ((certificate === undefined) !== (key === undefined)) {
    throw new ConnectionStringError(
      "has one of sslcert and sslkey, and pgx needs both: write both, or leave both out",
    );
  }
  return [
    ...(given(values, "sslrootcert") && !systemRoots ? (["sslrootcert"] as const) : []),
    ...(certificate ? (["sslcert"] as const) : []),
  ];
}

/** Whole seconds; 0 is no limit, and an empty value is an error. */
function connectTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\+?\d{1,9}$/.test(text)) {
    throw new ConnectionStringError("has a connect_timeout that is not a whole number of seconds");
  }
  return Number(text) > 0 ? Number(text) * 1000 : undefined;
}

/** A list of methods, or with `!` before each one the excluded methods. */
function authMethods(text: string | undefined): readonly AuthMethod[] | undefined {
  if (text === undefined) return undefined;
  const items = text.split(",").map((item) => item.trim());
  const negated = items.filter((item) => item.startsWith("!"));
  const names = items.map((item) => item.replace(/^!/, ""));
  const known = names.every((name) => (AUTH_METHODS as readonly string[]).includes(name));
  if (new Set(items).size < items.length) {
    throw new ConnectionStringError("has a require_auth that names a method twice, which pgx refuses");
  }
  if (!known || (negated.length > 0 && negated.length < items.length)) {
    throw new ConnectionStringError(`has a require_auth that is not a list of ${AUTH_METHODS.join(", ")}`);
  }
  return AUTH_METHODS.filter((method) => names.includes(method) === (negated.length === 0));
}

/** Modes that need a cache: with a cache of no statements every export would fail. */
const CACHES: ReadonlyArray<readonly [DsnParameter, ExecMode]> = [
  ["statement_cache_capacity", "cache_statement"],
  ["description_cache_capacity", "cache_describe"],
];

function execMode(values: Values): ExecMode {
  const mode = exactly(values, "default_query_exec_mode", EXEC_MODES) ?? "cache_statement";
  for (const [parameter, needing] of CACHES) {
    const text = values.get(parameter);
    if (text === undefined) continue;
    if (!/^[-+]?\d{1,9}$/.test(text))
      throw new ConnectionStringError(`has a ${parameter} that is not a whole number`);
    if (Number(text) > 0 || mode !== needing) continue;
    throw new ConnectionStringError(
      `has ${parameter}=0, with which pgx fails in its mode ${needing}: add default_query_exec_mode=describe_exec or exec`,
    );
  }
  return mode;
}

const PROTOCOLS = ["3.0", "3.2", "latest"] as const;

function newProtocol(values: Values): boolean {
  const least = oneOf(values, "min_protocol_version", PROTOCOLS) ?? "3.0";
  const most = oneOf(values, "max_protocol_version", PROTOCOLS) ?? "latest";
  if (least !== "3.0" && most === "3.0") {
    throw new ConnectionStringError(
      "has a min_protocol_version that is greater than its max_protocol_version",
    );
  }
  return least !== "3.0";
}

function oneOf<const T extends string>(
  values: Values,
  keyword: DsnParameter,
  allowed: readonly T[],
): T | undefined {
  return given(values, keyword) === undefined ? undefined : exactly(values, keyword, allowed);
}

/** As {@link oneOf}, for parameters of which an empty value is an error. */
function exactly<const T extends string>(
  values: Values,
  keyword: DsnParameter,
  allowed: readonly T[],
): T | undefined {
  const value = values.get(keyword);
  if (value === undefined) return undefined;
  const found = allowed.find((item) => item === value);
  if (found) return found;
  const meant = allowed.find((item) => item === value.toLowerCase()) ?? MEANT[keyword]?.[value.toLowerCase()];
  if (meant)
    throw new ConnectionStringError(
      `has a value of ${keyword} that pgx does not know: write ${keyword}=${meant}`,
    );
  throw new ConnectionStringError(`has a value of ${keyword} that is not one of ${allowed.join(", ")}`);
}

/** Values of other drivers, and the value of pgx to write instead. */
const MEANT: { readonly [P in DsnParameter]?: Readonly<Record<string, SslMode>> } = {
  sslmode: {
    ...asked("require", "true 1 on yes enable enabled required no-verify no_verify skip-verify noverify"),
    ...asked("disable", "false 0 off no disabled none"),
    ...asked("prefer", "preferred"),
    ...asked("verify-ca", "verify_ca verifyca"),
    ...asked("verify-full", "verify_full verifyfull verify-identity verify_identity full strict verify"),
  },
};

function asked(mode: SslMode, words: string): Record<string, SslMode> {
  return Object.fromEntries(words.split(" ").map((word) => [word, mode]));
}

/** The value of a parameter; for most parameters an empty value counts as absent. */
function given(values: Values, keyword: DsnParameter): string | undefined {
  return values.get(keyword) || undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
