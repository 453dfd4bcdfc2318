import { ConnectionStringError } from "../../connection-string";
import type { UriOption, UriParts } from "./text";

/** Options that the probe acts on, as MongoDB writes them, by lower case: case makes no difference. */
const USED = {
  appname: "appName",
  authmechanism: "authMechanism",
  authmechanismproperties: "authMechanismProperties",
  authsource: "authSource",
  connect: "connect",
  connecttimeoutms: "connectTimeoutMS",
  directconnection: "directConnection",
  loadbalanced: "loadBalanced",
  replicaset: "replicaSet",
  serverselectiontimeoutms: "serverSelectionTimeoutMS",
  srvmaxhosts: "srvMaxHosts",
  srvservicename: "srvServiceName",
  ssl: "ssl",
  tls: "tls",
  tlsallowinvalidcertificates: "tlsAllowInvalidCertificates",
  tlsallowinvalidhostnames: "tlsAllowInvalidHostnames",
  tlsinsecure: "tlsInsecure",
} as const;
export type UriOptionName = keyof typeof USED;

/** Options of MongoDB's URI specification and of its drivers that change nothing about a probe. */
const IGNORED = [
  "compressors",
  "enableutf8validation",
  "forceserverobjectid",
  "gssapiservicename",
  "heartbeatfrequencyms",
  "ignoreundefined",
  "j",
  "journal",
  "localthresholdms",
  "maxadaptiveretries",
  "maxconnecting",
  "maxidletimems",
  "maxpoolsize",
  "maxstalenessseconds",
  "minheartbeatfrequencyms",
  "minpoolsize",
  "monitorcommands",
  "nodelay",
  "enableoverloadretargeting",
  "promotebuffers",
  "promotelongs",
  "promotevalues",
  "readconcernlevel",
  "readpreference",
  "readpreferencetags",
  "retryreads",
  "retrywrites",
  "safe",
  "servermonitoringmode",
  "serverselectiontryonce",
  "slaveok",
  "sockettimeoutms",
  "srvmonitoring",
  "timeoutms",
  "tlsdisablecertificaterevocationcheck",
  "tlsdisableocspendpointcheck",
  "uuidrepresentation",
  "w",
  "waitqueuemultiple",
  "waitqueuetimeoutms",
  "wtimeout",
  "wtimeoutms",
  "zlibcompressionlevel",
];

/** May be given more than once. */
const REPEATABLE = ["readpreferencetags"];

const NO_FILES = "names a file, and the operator reads no files for a sink";
const CA = `${NO_FILES}: put the certificates into spec.tls.caBundle or the Secret of spec.tls.caSecretRef`;
const CLIENT = `${NO_FILES}: put the client certificate and its key into the keys tls.crt and tls.key of the same Secret`;
const PASSPHRASE =
  "is for an encrypted key file: put the key without a passphrase into the key tls.key of the same Secret";
const NO_PROXY = "asks for a proxy, and probes dial the server themselves: leave it out";

/** Options that no probe can honour, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  sslca: CA,
  sslcertificateauthorityfile: CA,
  tlscafile: CA,
  sslcert: CLIENT,
  sslclientcertificatekeyfile: CLIENT,
  sslkey: CLIENT,
  tlscertificatefile: CLIENT,
  tlscertificatekeyfile: CLIENT,
  tlsprivatekeyfile: CLIENT,
  sslclientcertificatekeypassword: PASSPHRASE,
  sslpass: PASSPHRASE,
  tlscertificatekeyfilepassword: PASSPHRASE,
  sslcrl: `${NO_FILES}: leave it out`,
  tlscrlfile: `${NO_FILES}: leave it out`,
  proxyhost: NO_PROXY,
  proxypassword: NO_PROXY,
  proxyport: NO_PROXY,
  proxyusername: NO_PROXY,
};

export type UriOptions = ReadonlyMap<UriOptionName, string>;

/** The options that count. Throws {@link ConnectionStringError} for one that is unknown, repeated or cannot be honoured. */
export function checkOptions(parts: Pick<UriParts, "options">, mayNameUnknown: boolean): UriOptions {
  const values = new Map<UriOptionName, string>();
  const seen = new Set<string>();
  parts.options.forEach((option, index) => {
    const name = option.name.toLowerCase();
    if (seen.has(name) && !REPEATABLE.includes(name)) throw repeated(option.name, mayNameUnknown);
    seen.add(name);
    if (isUsed(name)) values.set(name, option.value);
    else if (!IGNORED.includes(name)) throw notHonoured(option, index + 1, mayNameUnknown);
  });
  return values;
}

function isUsed(name: string): name is UriOptionName {
  return Object.hasOwn(USED, name);
}

function repeated(name: string, mayName: boolean): ConnectionStringError {
  return new ConnectionStringError(
    mayName && isPlain(name) ? `has the option ${name} twice` : "has an option twice",
  );
}

/** An unknown word may be a piece of a password that was not percent-encoded. */
function notHonoured({ name }: UriOption, position: number, mayName: boolean): ConnectionStringError {
  const lower = name.toLowerCase();
  const why = Object.hasOwn(REFUSED, lower) ? REFUSED[lower] : undefined;
  if (why) return new ConnectionStringError(`has the option ${name}, which ${why}`);
  const which = mayName && isPlain(name) ? `the option ${name}` : `an option (number ${position})`;
  return new ConnectionStringError(
    `has ${which}, which MongoDB's connection strings do not have. Check its spelling`,
  );
}

function isPlain(name: string): boolean {
  return /^[A-Za-z]{1,40}$/.test(name);
}

export function flag(options: UriOptions, name: UriOptionName): boolean | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  if (value === "true" || value === "false") return value === "true";
  throw new ConnectionStringError(`has a value of ${USED[name]} that is neither true nor false`);
}

/** A whole number from 0 on. */
export function count(options: UriOptions, name: UriOptionName): number | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new ConnectionStringError(`has a value of ${USED[name]} that is not a whole number`);
}
