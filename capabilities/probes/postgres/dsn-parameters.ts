import { ConnectionStringError } from "../connection-string";

/** Parameters that the probe acts on. */
const USED = [
  "host",
  "hostaddr",
  "port",
  "user",
  "password",
  "dbname",
  "sslmode",
  "sslrootcert",
  "sslnegotiation",
  "sslsni",
  "ssl_min_protocol_version",
  "ssl_max_protocol_version",
  "channel_binding",
  "require_auth",
  "connect_timeout",
  "target_session_attrs",
  "options",
  "application_name",
  "fallback_application_name",
] as const;
export type DsnParameter = (typeof USED)[number];

/** Parameters of libpq that change nothing about a probe. */
const IGNORED = [
  "client_encoding",
  "gssdelegation",
  "gssencmode",
  "gsslib",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "load_balance_hosts",
  "max_protocol_version",
  "min_protocol_version",
  "requirepeer",
  "sslcertmode",
  "sslcompression",
  "tcp_user_timeout",
];

const NO_FILES = "names a file, and the operator reads no files for a sink";

/** Parameters of libpq that no probe can honour, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  sslcert: `${NO_FILES}: put the client certificate into the key tls.crt of the same Secret`,
  sslkey: `${NO_FILES}: put the client's private key into the key tls.key of the same Secret`,
  sslpassword:
    "is for an encrypted key file: put the key without a passphrase into the key tls.key of the same Secret",
  sslcrl: `${NO_FILES}: leave it out`,
  sslcrldir: `${NO_FILES}: leave it out`,
  sslkeylogfile: `${NO_FILES}: leave it out`,
  passfile: `${NO_FILES}: write password instead`,
  service: `${NO_FILES}: write the service's parameters instead`,
  servicefile: `${NO_FILES}: write the service's parameters instead`,
  replication: "opens a replication session, in which nothing can be written: leave it out",
  requiressl: "is no longer known to libpq: write sslmode=require instead",
};

/** Words that other drivers know; they are named because they cannot be a part of a password. */
const FOREIGN = [
  "currentschema",
  "default_query_exec_mode",
  "description_cache_capacity",
  "pool_health_check_period",
  "pool_max_conn_idle_time",
  "pool_max_conn_lifetime",
  "pool_max_conns",
  "pool_min_conns",
  "schema",
  "search_path",
  "sslinline",
  "statement_cache_capacity",
  "statement_timeout",
  "timezone",
];

/** The last value of each parameter, as libpq has it. Throws {@link ConnectionStringError} for one that it cannot honour. */
export function checkParameters(
  pairs: ReadonlyArray<readonly [keyword: string, value: string]>,
): ReadonlyMap<DsnParameter, string> {
  const values = new Map<DsnParameter, string>();
  pairs.forEach(([keyword, value], index) => {
    if (value.includes("\0")) throw new ConnectionStringError("has a zero byte in a value");
    if (isUsed(keyword)) values.set(keyword, value);
    else if (!IGNORED.includes(keyword)) throw unknown(keyword, index + 1);
    else if (keyword === "gssencmode" && value === "require") {
      throw new ConnectionStringError("asks for gssencmode=require, which the operator does not support");
    }
  });
  return values;
}

function isUsed(keyword: string): keyword is DsnParameter {
  return (USED as readonly string[]).includes(keyword);
}

/** An unknown word may be a piece of a password that was not quoted, so only well-known words are shown. */
function unknown(keyword: string, position: number): ConnectionStringError {
  const why = Object.hasOwn(REFUSED, keyword) ? REFUSED[keyword] : undefined;
  if (why) return new ConnectionStringError(`has the parameter ${keyword}, which ${why}`);
  const lower = keyword.toLowerCase();
  const meant = [...USED, ...IGNORED].find((known) => isNear(lower, known));
  if (meant)
    return new ConnectionStringError(`has a parameter that libpq does not know; ${meant} may be meant`);
  if (FOREIGN.includes(lower)) {
    return new ConnectionStringError(
      `has the parameter ${lower}, which libpq does not know; server settings are written options=-c name=value`,
    );
  }
  return new ConnectionStringError(
    `has a parameter that libpq does not know (number ${position}); ` +
      "if it is a part of the password, quote the password (keyword form) or percent-encode it (URL form)",
  );
}

/** Whether one letter was changed, added, lost or swapped. Short words are near to too many others. */
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
