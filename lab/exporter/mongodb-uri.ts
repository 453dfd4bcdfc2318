/** A connection string as the exporter's driver reads it (mongo-driver 1.17, `connstring.go`). */
export interface ExporterUri {
  readonly hosts: readonly string[];
  readonly user?: string;
  readonly password: string;
  readonly authSource?: string;
  readonly mechanism?: string;
  readonly replicaSet?: string;
  readonly direct: boolean;
  readonly loadBalanced: boolean;
  readonly unacknowledged: boolean;
  /** Undefined means plain text; files are of the exporter's pod. */
  readonly tls?: { readonly insecure: boolean; readonly caFile?: string; readonly certificateFile?: string };
}

/** Values that the driver can read, by the option's name. An option that does not exist for it is not here. */
const READABLE: ReadonlyArray<readonly [name: RegExp, value: RegExp]> = [
  [/^(connectTimeout|heartbeat(Frequency|Interval)|localThreshold|maxIdleTime)MS$/i, /^\+?\d+$/],
  [/^(serverSelectionTimeout|socketTimeout|timeout|wtimeout)MS$|^wtimeout$/i, /^\+?\d+$/],
  [/^((max|min)PoolSize|maxConnecting|maxStaleness(Seconds)?)$/i, /^\+?\d+$/],
  [/^(journal|loadBalanced|retryReads|retryWrites)$/i, /^(true|false)$/],
  [/^(ssl|tls|sslInsecure|tlsInsecure|tlsDisableOCSPEndpointCheck)$/i, /^(true|false)$/],
  [/^directConnection$/i, /^(true|false)$/i],
  [/^connect$/i, /^(direct|automatic)$/i],
  [/^srv(MaxHosts|ServiceName)$/i, /^(?!)/],
  [/^w$/i, /^(?!-\d)/],
  [/^serverMonitoringMode$/i, /^(auto|poll|stream)$/],
  [/^zlibCompressionLevel$/i, /^(-1|\d)$/],
  [/^authMechanismProperties$/i, /^[^:,]+:/],
  [/^authSource$/i, /./],
  [/^authMechanism$/i, /^(SCRAM-SHA-1|SCRAM-SHA-256|PLAIN|MONGODB-X509|)$/],
  [/^readPreference$/i, /^((primary|secondary)(Preferred)?|nearest|)$/i],
];
const FILES =
  /^(tlsCAFile|sslCertificateAuthorityFile|tlsCertificateKeyFile|sslClientCertificateKeyFile|tlsCertificateFile|tlsPrivateKeyFile)$/i;

/** Reads it; throws an error for what the driver refuses. The form `mongodb+srv` needs DNS, which rows do not have. */
export function readExporterUri(text: string): ExporterUri {
  if (!text.startsWith("mongodb://")) throw new Error('scheme must be "mongodb" or "mongodb+srv"');
  const rest = text.slice("mongodb://".length);
  const at = rest.indexOf("@");
  const login = at < 0 ? {} : readLogin(rest.slice(0, at));
  const [, list = "", behind = ""] = /^([^/?@]*)(.*)$/s.exec(rest.slice(at + 1)) ?? [];
  if (behind.startsWith("@")) throw new Error("unescaped @ sign in user info");
  if (behind.startsWith("?")) throw new Error("must have a / before the query ?");
  const hosts = list.split(",").filter((host) => host !== "");
  if (hosts.length === 0) throw new Error("must have at least 1 host");
  const mark = behind.includes("?") ? behind.indexOf("?") : behind.length;
  const pairs = readPairs(behind.slice(mark + 1));
  return finish({ hosts, ...login }, formDecoded(behind.slice(1, mark)), pairs);
}

type Pair = readonly [name: string, value: string];

function readLogin(text: string): { user: string; password: string } {
  const [user = "", ...passwords] = text.split(":");
  const [password = ""] = passwords;
  if (passwords.length > 1 || text.includes("/")) throw new Error("unescaped colon or slash in user info");
  if (user === "") throw new Error("username required if URI contains user info");
  return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
}

function readPairs(query: string): readonly Pair[] {
  return query
    .split(/[&;]/)
    .filter((item) => item !== "")
    .map((item) => {
      const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(item) ?? [];
      if (name === undefined) throw new Error("invalid option");
      return checked([formDecoded(name), formDecoded(value)]);
    });
}

function checked(pair: Pair): Pair {
  const [name, value] = pair;
  const unreadable = READABLE.some(([names, values]) => names.test(name) && !values.test(value));
  if (unreadable) throw new Error(`invalid value for ${name}`);
  return pair;
}

/** Values of an option, in the string's order. */
type Values = (name: RegExp) => string[];

function finish(
  base: Pick<ExporterUri, "hosts"> & Partial<Pick<ExporterUri, "user" | "password">>,
  database: string,
  pairs: readonly Pair[],
): ExporterUri {
  const all: Values = (name) => pairs.filter(([key]) => name.test(key)).map(([, value]) => value);
  const last = (name: RegExp): string => all(name).at(-1) ?? "";
  const [mechanism, replicaSet] = [last(/^authMechanism$/i), last(/^replicaSet$/i)];
  const tls = tlsOf(pairs, all);
  const read: ExporterUri = {
    ...base,
    password: base.password ?? "",
    ...(base.user ? { authSource: last(/^authSource$/i) || database || "admin" } : {}),
    ...(mechanism ? { mechanism } : {}),
    ...(replicaSet ? { replicaSet } : {}),
    ...(tls ? { tls } : {}),
    direct: all(/^(connect|directConnection)$/i).some((value) => /^(direct|true)$/i.test(value)),
    loadBalanced: last(/^loadBalanced$/i) === "true",
    unacknowledged: last(/^w$/i) === "0",
  };
  checkTogether(read, all);
  return read;
}

/** What the driver refuses of several options. */
function checkTogether(uri: ExporterUri, all: Values): void {
  const { hosts, user, mechanism = "MONGODB-X509", replicaSet, direct, loadBalanced } = uri;
  const isBalancedSet = loadBalanced && (direct || replicaSet !== undefined);
  const faults: Readonly<Record<string, boolean>> = {
    "username required": mechanism !== "MONGODB-X509" && user === undefined,
    "unknown read preference": hasStalenessAlone(all),
    "minPoolSize must be less than or equal to maxPoolSize": hasSmallPool(all),
    "multiple hosts are specified": (direct || loadBalanced) && hosts.length > 1,
    "loadBalanced cannot be set to true": isBalancedSet,
    "options connect and directConnection conflict": hasConflict(all),
  };
  const fault = Object.keys(faults).find((text) => faults[text]);
  if (fault !== undefined) throw new Error(fault);
}

function hasStalenessAlone(all: Values): boolean {
  return all(/^maxStaleness(Seconds)?$/i).length > 0 && !all(/^readPreference$/i).at(-1);
}

function hasSmallPool(all: Values): boolean {
  const [least, most] = [Number(all(/^minPoolSize$/i).at(-1)), Number(all(/^maxPoolSize$/i).at(-1))];
  return most > 0 && least > most;
}

function hasConflict(all: Values): boolean {
  const [connect, flag] = [all(/^connect$/i), all(/^directConnection$/i)];
  const areBoth = connect.length > 0 && flag.length > 0;
  return areBoth && connect.includes("direct") !== flag.includes("true");
}

/** The last option about TLS turns it on or off. */
function tlsOf(pairs: readonly Pair[], all: Values): ExporterUri["tls"] {
  if (new Set(all(/^(tls|ssl)$/i)).size > 1)
    throw new Error("tls and ssl options, when both specified, must be equivalent");
  const turning = pairs.filter(
    ([name]) => FILES.test(name) || /^(tls|ssl|tlsDisableOCSPEndpointCheck)$/i.test(name),
  );
  const [name = "tls", value] = turning.at(-1) ?? [];
  if (/^(tls|ssl)$/i.test(name) && value !== "true") return undefined;
  const insecure = all(/^(tls|ssl)Insecure$/i);
  if (insecure.length > 0 && all(/^tlsDisableOCSPEndpointCheck$/i).length > 0)
    throw new Error("tlsInsecure cannot be provided along with tlsDisableOCSPEndpointCheck");
  const caFile = all(/^(tlsCAFile|sslCertificateAuthorityFile)$/i).at(-1);
  const certificateFile = all(/^(tlsCertificateKeyFile|sslClientCertificateKeyFile|tlsCertificateFile)$/i).at(
    -1,
  );
  return {
    insecure: insecure.at(-1) === "true",
    ...(caFile === undefined ? {} : { caFile }),
    ...(certificateFile === undefined ? {} : { certificateFile }),
  };
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
