import { ConnectionStringError } from "../../secrets/connection-string";

/** Parameters that the probe uses. */
const USED = [
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "sslnegotiation",
  "sslsni",
  "channel_binding",
  "require_auth",
  "connect_timeout",
  "target_session_attrs",
  "passfile",
  "min_protocol_version",
  "max_protocol_version",
  "default_query_exec_mode",
  "statement_cache_capacity",
  "description_cache_capacity",
] as const;
export type DsnParameter = (typeof USED)[number];

/** Parameters of pgx that do not affect a probe. */
const IGNORED = ["krbspn", "krbsrvname", "servicefile", "sslpassword"];

/** Parameters of pgxpool, with the form of their values. */
const POOL: Readonly<Record<string, "count" | "size" | "duration">> = {
  pool_max_conns: "size",
  pool_min_conns: "count",
  pool_min_idle_conns: "count",
  pool_max_conn_lifetime: "duration",
  pool_max_conn_lifetime_jitter: "duration",
  pool_max_conn_idle_time: "duration",
  pool_health_check_period: "duration",
};
const POOL_VALUES = {
  size: { form: /^\+?0*[1-9]\d{0,8}$/, fault: "a whole number from 1 on" },
  count: { form: /^[-+]?\d{1,9}$/, fault: "a whole number" },
  duration: {
    form: /^[-+]?(?:0|(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*)$/,
    fault: "a duration such as 30s or 1h30m",
  },
} as const;

const REFUSED: Readonly<Record<string, string>> = {
  service: "names an entry of a file in the exporter's pod: write the service's parameters instead",
  replication: "opens a replication session, in which nothing can be written: leave it out",
};

/**
 * Parameters of other drivers and of libpq that pgx does not support. It sends them to the server like every unknown
 * one, which refuses them unless they are settings. The values are the advice in the message.
 */
const FOREIGN: Readonly<Record<string, string>> = {
  ssl: "write sslmode=require or sslmode=disable instead",
  schema: "the schema is set in spec.postgres.schema",
  currentschema: "the schema is set in spec.postgres.schema",
  hostaddr: "write the address as host",
  fallback_application_name: "write application_name instead",
  requiressl: "write sslmode=require instead",
  username: "write user instead",
  pass: "write password instead",
  pwd: "write password instead",
  hostname: "write host instead",
  server: "write host instead",
  db: "write dbname instead",
  targetservertype: "write target_session_attrs instead",
  ssl_min_protocol_version: "leave it out: TLS 1.2 is the least anyway",
  ...leaveOut(
    "pgbouncer connection_limit pool_timeout pool_size pool_ping_timeout max_conns prepare_threshold",
  ),
  ...leaveOut("preparethreshold sslaccept sslidentity sslinline sslcertmode sslcompression sslcrl sslcrldir"),
  ...leaveOut("sslkeylogfile ssl_max_protocol_version gssencmode gsslib gssdelegation requirepeer async"),
  ...leaveOut("keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout"),
  ...leaveOut("load_balance_hosts tcpkeepalive charset reconnect retry_writes serverversion driver"),
};

/** Settings of the server that occur in connection strings; messages name them if the server refuses them. */
const SETTINGS = [
  ...["application_name", "client_encoding", "datestyle", "extra_float_digits", "idle_session_timeout"],
  ...["lock_timeout", "options", "role", "search_path", "statement_timeout", "timezone"],
  ...["default_transaction_read_only", "idle_in_transaction_session_timeout", "work_mem"],
];

/** A parameter that pgx does not support and sends to the server. */
export interface RuntimeParameter {
  readonly name: string;
  readonly value: string;
  /** Its name in messages. An unknown name is not shown, because it may be part of a password. */
  readonly shown: string;
  /** Advice for the case that the server refuses it. */
  readonly advice: string;
}

export interface DsnParameters {
  readonly values: ReadonlyMap<DsnParameter, string>;
  readonly runtime: readonly RuntimeParameter[];
}

/** The last value of each parameter counts. Throws {@link ConnectionStringError} for one that pgx or probes refuse. */
export function checkParameters(
  pairs: ReadonlyArray<readonly [keyword: string, value: string]>,
): DsnParameters {
  const values = new Map<DsnParameter, string>();
  const runtime = new Map<string, RuntimeParameter>();
  for (const [written, value] of pairs) {
    const keyword = written === "database" ? "dbname" : written;
    if (value.includes("\0") || keyword.includes("\0"))
      throw new ConnectionStringError("has a zero byte in a value");
    checkKnown(keyword, value);
    if (isUsed(keyword)) values.set(keyword, value);
    else if (!IGNORED.includes(keyword) && !Object.hasOwn(POOL, keyword)) {
      runtime.set(keyword, runtimeParameter(keyword, value));
    }
  }
  return { values, runtime: [...runtime.values()] };
}

function isUsed(keyword: string): keyword is DsnParameter {
  return (USED as readonly string[]).includes(keyword);
}

/** Whether connection strings have a parameter of this name, for pgx, for other drivers or for the server. */
export function isKnownParameter(keyword: string): boolean {
  const lower = keyword.toLowerCase();
  const isForeign =
    Object.hasOwn(FOREIGN, lower) || Object.hasOwn(REFUSED, lower) || Object.hasOwn(POOL, lower);
  return isUsed(lower) || isForeign || [...IGNORED, ...SETTINGS, "database"].includes(lower);
}

function checkKnown(keyword: string, value: string): void {
  const why = Object.hasOwn(REFUSED, keyword) ? REFUSED[keyword] : undefined;
  if (why) throw new ConnectionStringError(`has the parameter ${keyword}, which ${why}`);
  const kind = Object.hasOwn(POOL, keyword) ? POOL[keyword] : undefined;
  if (kind && !POOL_VALUES[kind].form.test(value)) {
    throw new ConnectionStringError(`has a ${keyword} that is not ${POOL_VALUES[kind].fault}`);
  }
}

function runtimeParameter(name: string, value: string): RuntimeParameter {
  const lower = name.toLowerCase();
  if (Object.hasOwn(FOREIGN, lower))
    return { name, value, shown: `the parameter ${lower}`, advice: FOREIGN[lower] ?? "" };
  if (SETTINGS.includes(lower)) {
    return { name, value, shown: `the setting ${lower}`, advice: "correct its value, or leave it out" };
  }
  const meant = [...USED, ...IGNORED, ...Object.keys(POOL)].find((known) => isNear(lower, known));
  if (meant) return { name, value, shown: "a misspelt parameter", advice: `${meant} may be meant` };
  return {
    name,
    value,
    shown: "a parameter that it does not know",
    advice:
      "if it is a part of the password, quote the password (keyword form) or percent-encode it (URL form)",
  };
}

function leaveOut(words: string): Record<string, string> {
  return Object.fromEntries(words.split(" ").map((word) => [word, "leave it out"]));
}

/** Whether one letter was changed, added, lost or swapped. Short words are similar to too many others. */
function isNear(word: string, known: string): boolean {
  if (known.length < 4 || Math.abs(word.length - known.length) > 1) return false;
  const head = sharedStart(word, known);
  const rest = [word.slice(head), known.slice(head)] as const;
  const tail = sharedStart(reversed(rest[0]), reversed(rest[1]));
  const [ours, theirs] = rest.map((text) => text.slice(0, text.length - tail)) as [string, string];
  return Math.max(ours.length, theirs.length) <= 1 || (ours.length === 2 && reversed(ours) === theirs);
}

function sharedStart(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}
