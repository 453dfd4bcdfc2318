import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";

/** A connection string as the exporter's driver reads it. */
export interface ExporterDsn {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** What is tried, in order: every host with each encryption that sslmode allows. */
  readonly attempts: readonly {
    readonly host: string;
    readonly port: number;
    readonly tls?: ConnectionOptions;
  }[];
  readonly channelBinding: string;
  /** Methods of login that the server may ask for, or with `!` may not; empty for any. */
  readonly requireAuth: readonly string[];
  readonly sessionAttrs: string;
  /** Whether statements with parameters are prepared under a name. */
  readonly names: boolean;
  /** Whether they are sent as text with their values in it. */
  readonly simple: boolean;
  /** Startup parameters. */
  readonly runtime: Readonly<Record<string, string>>;
}

const OWN = new Set(
  (
    "host port database user password passfile connect_timeout sslmode sslkey sslcert sslrootcert sslnegotiation " +
    "sslpassword sslsni krbspn krbsrvname target_session_attrs service servicefile min_protocol_version " +
    "max_protocol_version channel_binding require_auth statement_cache_capacity description_cache_capacity " +
    "default_query_exec_mode pool_max_conns pool_min_conns pool_min_idle_conns pool_max_conn_lifetime " +
    "pool_max_conn_idle_time pool_health_check_period pool_max_conn_lifetime_jitter"
  ).split(" "),
);

/**
 * Reads a connection string as pgx 5.10 does (`pgxpool.ParseConfig`), with Go's rules for URLs. It shares no code with
 * the probe. Throws an error for what pgx refuses.
 */
export function readExporterDsn(text: string): ExporterDsn {
  const settings = /^postgres(ql)?:\/\//.test(text) ? fromUrl(text) : fromKeywords(text);
  if (settings.service !== undefined) throw new Error("failed to read service");
  const mode = settings.default_query_exec_mode ?? "cache_statement";
  const requireAuth = (settings.require_auth ?? "").split(",").filter((method) => method !== "");
  checkWords({ ...settings, default_query_exec_mode: mode }, requireAuth);
  checkNumbers(settings, mode);
  const { user = "nonroot", password = "" } = settings;
  return {
    user,
    password,
    database: settings.database || user,
    attempts: attemptsOf(settings),
    channelBinding: settings.channel_binding || "prefer",
    requireAuth,
    sessionAttrs: settings.target_session_attrs ?? "any",
    names: mode === "cache_statement",
    simple: mode === "simple_protocol",
    runtime: Object.fromEntries(Object.entries(settings).filter(([key]) => !OWN.has(key))),
  };
}

type Settings = Readonly<Record<string, string>>;

function fromUrl(text: string): Settings {
  // eslint-disable-next-line no-control-regex -- as Go has it
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Error("invalid control character in URL");
  const [, beforeQuery = "", query = ""] = /^[^:]*:\/\/([^?#]*)\??([^#]*)/.exec(text) ?? [];
  const [authority = "", ...path] = beforeQuery.split("/");
  const at = authority.lastIndexOf("@");
  const database = decodeURIComponent(path.join("/")).replace(/^\/+/, "");
  return {
    ...loginOf(authority.slice(0, Math.max(0, at))),
    ...hostsOf(authority.slice(at + 1)),
    ...(database ? { database } : {}),
    ...parametersOf(query),
  };
}

function loginOf(text: string): Settings {
  if (!/^[\w\-.:~!$&'()*+,;=%@]*$/.test(text)) throw new Error("invalid userinfo");
  const [, user = "", password = ""] = /^([^:]*):?(.*)$/s.exec(text) ?? [];
  return { ...(user ? { user: decodeURIComponent(user) } : {}), password: decodeURIComponent(password) };
}

function hostsOf(text: string): Settings {
  if (text === "") return {};
  if (/[% ]/.test(text)) throw new Error("invalid character or URL escape in host name");
  const last = /:([^:\]]*)$/.exec(text)?.[1] ?? "";
  if (!/^\d*$/.test(last)) throw new Error("invalid port after host");
  const items = text.split(",").map((item) => /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(item));
  const ports = items.flatMap((item) => (item?.[2] ? [item[2]] : []));
  const host = items.map((item) => item?.[1] ?? "").join(",");
  return { host, ...(ports.length > 0 ? { port: ports.join(",") } : {}) };
}

/** A parameter with ';' is dropped; of several with one name the first counts. */
function parametersOf(query: string): Settings {
  const items = query.split("&").filter((item) => item !== "" && !item.includes(";"));
  const pairs = [...new URLSearchParams(items.join("&"))].reverse();
  return Object.fromEntries(pairs.map(([key, value]) => [key === "dbname" ? "database" : key, value]));
}

function fromKeywords(text: string): Settings {
  const settings: Record<string, string> = {};
  let rest = text.trim();
  while (rest !== "") {
    const pair = /^([^=]*?)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))\s*/s.exec(rest);
    if (!pair?.[1]) throw new Error("invalid keyword/value");
    const value = (pair[2] ?? pair[3] ?? "").replaceAll("\\\\", "\\").replaceAll("\\'", "'");
    settings[pair[1] === "dbname" ? "database" : pair[1]] = value;
    rest = rest.slice(pair[0].length);
  }
  return settings;
}

/** Parameters that take certain words; an empty text is in the list where pgx takes it. */
const WORDS: Readonly<Record<string, string>> = {
  default_query_exec_mode: "cache_statement cache_describe describe_exec exec simple_protocol",
  target_session_attrs: "any read-write read-only primary standby prefer-standby",
  channel_binding: " disable prefer require",
  min_protocol_version: " 3.0 3.2 latest",
  max_protocol_version: " 3.0 3.2 latest",
};

function checkWords(settings: Settings, requireAuth: readonly string[]): void {
  for (const [name, words] of Object.entries(WORDS)) {
    const value = settings[name];
    if (value !== undefined && !words.split(" ").includes(value)) throw new Error(`unknown ${name} value`);
  }
  const methods = ["password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"];
  const unknown = requireAuth.find((method) => !methods.includes(method.replace(/^!/, "")));
  if (unknown !== undefined) throw new Error("invalid require_auth");
  if (new Set(requireAuth).size < requireAuth.length)
    throw new Error("require_auth method is specified more than once");
}

const INTEGER = /^[-+]?\d+$/;
const DURATION = /^([\d.]+(ns|us|ms|s|m|h))+$/;

/** Parameters that take numbers, with the form and the least of each. */
const NUMBERS: ReadonlyArray<readonly [name: string, form: RegExp, least?: number]> = [
  ["connect_timeout", INTEGER, 0],
  ["statement_cache_capacity", INTEGER],
  ["description_cache_capacity", INTEGER],
  ["pool_max_conns", INTEGER, 1],
  ["pool_min_conns", INTEGER],
  ["pool_min_idle_conns", INTEGER],
  ["pool_max_conn_lifetime", DURATION],
  ["pool_max_conn_lifetime_jitter", DURATION],
  ["pool_max_conn_idle_time", DURATION],
  ["pool_health_check_period", DURATION],
];

function checkNumbers(settings: Settings, mode: string): void {
  for (const [name, form, least = -Infinity] of NUMBERS) {
    const value = settings[name];
    if (value === undefined) continue;
    if (!form.test(value) || Number(value) < least) throw new Error(`cannot parse ${name}`);
  }
  if (mode === "cache_statement" && Number(settings.statement_cache_capacity ?? 512) <= 0) {
    throw new Error("cannot use QueryExecModeCacheStatement with disabled statement cache");
  }
}

function attemptsOf(settings: Settings): ExporterDsn["attempts"] {
  if (!settings.host || settings.host.startsWith("/")) throw new Error("the guard wants host:port");
  const ports = (settings.port ?? "5432").split(",");
  return settings.host.split(",").flatMap((host, index) => {
    const port = Number(ports[index] ?? ports[0]);
    if (!(port >= 1 && port <= 65535)) throw new Error("invalid port");
    return tlsOf(settings, host).map((tls) => ({ host, port, ...(tls ? { tls } : {}) }));
  });
}

function tlsOf(settings: Settings, host: string): (ConnectionOptions | undefined)[] {
  const root = settings.sslrootcert ?? "";
  const mode = root === "system" ? "verify-full" : settings.sslmode || "prefer";
  if (settings.sslcert || settings.sslkey) throw new Error("unable to read sslkey");
  const ca = root !== "" && root !== "system" ? { ca: readFileSync(root, "utf8") } : {};
  const unverified = { rejectUnauthorized: false };
  const chainOnly = { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  const modes: Readonly<Record<string, (ConnectionOptions | undefined)[]>> = {
    disable: [undefined],
    allow: [undefined, unverified],
    prefer: [unverified, undefined],
    require: [root === "" ? unverified : chainOnly],
    "verify-ca": [chainOnly],
    "verify-full": [
      { ...ca, rejectUnauthorized: true, checkServerIdentity: (_: string, peer) => checkName(host, peer) },
    ],
  };
  const found = modes[mode];
  if (!found) throw new Error("sslmode is invalid");
  return found;
}

/** Go does not look at the Common Name. */
function checkName(host: string, peer: PeerCertificate): Error | undefined {
  return peer.subjectaltname
    ? checkServerIdentity(host, peer)
    : new Error("relies on legacy Common Name field");
}
