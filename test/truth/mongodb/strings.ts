import type { TruthRow } from "../../../lab/truth/row";
import { PRESENT, row, USER, type Change, type Scene } from "./scene";

/** More options behind `authSource=app`. */
function options(text: string): Change {
  return { query: `authSource=app&${text}` };
}

const LOGIN = `${USER.user}:${encodeURIComponent(USER.password)}@`;

/** The string without its `authSource`, and with another end behind the hosts. */
function ending(text: string): Change {
  return { query: "", uri: (uri) => uri.replace(/\/$/, text) };
}

/** How the connection string is read: as mongo-driver 1.17 reads it. Each was tried with version 1.17.9 of it. */
export const STRINGS: readonly TruthRow<Scene>[] = [
  row("scheme", "not a mongodb URI", "C", { uri: (uri) => uri.replace("mongodb:", "mongo:") }),
  row("scheme-capitals", "the scheme in capitals", "C", {
    uri: (uri) => uri.replace("mongodb:", "MongoDB:"),
  }),
  row("quoted", "quotes kept around the URI", "C", { uri: (uri) => `"${uri}"` }),
  row("base64-twice", "the URI in base64 twice", "C", { uri: (uri) => Buffer.from(uri).toString("base64") }),
  row("no-authsource", "no authSource, database in the path", "C", ending("/app")),
  row("no-authsource-no-path", "neither authSource nor database in the path", "C", ending("/")),
  row("authsource-wrong", "authSource is another database", "C", { query: "authSource=elsewhere" }),
  row("authsource-empty", "authSource=", "C", { query: "authSource=" }),
  row(
    "path-and-authsource",
    "authSource beside another database in the path",
    "C",
    ending("/other?authSource=app"),
  ),
  row(
    "path-odd",
    "a path that is no name of a database, beside authSource",
    "C",
    ending("/a.b/c?authSource=app"),
  ),
  row("no-user", "no user in the URI", "C", { uri: (uri) => uri.replace(LOGIN, "") }),
  row("no-password", "a user without a password", "C", { uri: (uri) => uri.replace(LOGIN, `${USER.user}@`) }),
  row("user-empty", "an empty user", "C", { uri: (uri) => uri.replace(LOGIN, "@") }),
  row("password-question-mark", "a '?' in the password that is not encoded", "C", {
    uri: (uri) => uri.replace("%3F", "?"),
  }),
  row("password-slash", "a '/' in the password that is not encoded", "C", {
    uri: (uri) => uri.replace("%2F", "/"),
  }),
  row("password-colon", "a ':' in the password that is not encoded", "C", {
    uri: (uri) => uri.replace("%3A", ":"),
  }),
  row("password-at", "an '@' in the password that is not encoded", "C", {
    uri: (uri) => uri.replace("%40", "@"),
  }),
  row("password-percent", "a '%' in the password that is not encoded", "C", {
    uri: (uri) => uri.replace("%25", "%"),
  }),
  row("password-placeholder", "unclear-mg-angle: the placeholder <password> was left", "C", {
    uri: (uri) => uri.replace(LOGIN, `${USER.user}:<password>@`),
  }),
  row("password-wrong", "another password", "C", { uri: (uri) => uri.replace(LOGIN, `${USER.user}:other@`) }),
  row("no-slash", "no '/' before the '?'", "C", ending("?authSource=app")),
  row("no-slash-no-query", "nothing behind the host", "C", { ...ending(""), secret: (uri) => ({ uri }) }),
  row("host-empty-entry", "a comma behind the host", "C", { uri: (uri) => uri.replace("/?", ",/?") }),
  row("host-twice", "the same host twice", "C", {
    uri: (uri, { ferretdb: { host, port } }) => uri.replace("/?", `,${host}:${port}/?`),
  }),
  row("hosts-standalone", "two names of a standalone server", "C", {
    uri: (uri, { ferretdb: { port } }) => uri.replace("/?", `,localhost:${port}/?`),
  }),
  row("host-none", "no host", "C", { uri: (uri) => uri.replace(/@[^/]*/, "@") }),
  row("host-port-zero", "port 0", "C", { uri: (uri) => uri.replace(/:\d+\/\?/, ":0/?") }),
  row("host-v6-bare", "an IPv6 address without brackets", "C", {
    uri: (uri) => uri.replace(/@[^/]*/, "@::1"),
  }),
  row("host-refused", "a port where nothing listens", "S", { uri: (uri) => uri.replace(/:\d+\/\?/, ":1/?") }),
  row("options-unknown", "an option that the driver does not know", "C", options("ssl_ca_certs=/x.pem")),
  row("options-misspelt", "a misspelt option", "C", options("retryWriets=true&maxPoolsSize=x")),
  row(
    "options-other-driver",
    "options of other drivers",
    "C",
    options("uuidRepresentation=standard&j=true&proxyHost=p"),
  ),
  row("options-repeated", "an option twice, the last one right", "C", {
    query: "authSource=no&authSource=app",
  }),
  row("options-repeated-wrong", "an option twice, the last one wrong", "C", {
    query: "authSource=app&authSource=no",
  }),
  row("options-case", "options in capitals", "C", { query: "AUTHSOURCE=app&DirectConnection=True" }),
  row("options-semicolon", "options separated by ';'", "C", { query: "authSource=app;appName=a+b" }),
  row("options-amp", "unclear-mg-amphtml: &amp; between options", "C", options("amp;directConnection=true")),
  row("options-empty-item", "two & in a row", "C", { query: "authSource=app&&appName=x&" }),
  row("options-no-value", "an option without '='", "C", options("replicaSet")),
  row("options-no-name", "an option without a name", "C", options("=x")),
  row("replicaset", "replicaSet=rs0 at a server that is none", "C", options("replicaSet=rs0")),
  row("replicaset-empty", "wrong-mg-empty-rs: replicaSet=", "C", options("replicaSet=")),
  row(
    "replicaset-direct",
    "replicaSet=rs0 with directConnection=true",
    "C",
    options("replicaSet=rs0&directConnection=true"),
  ),
  row("direct", "directConnection=true", "C", options("directConnection=true")),
  row(
    "direct-conflict",
    "connect and directConnection differ",
    "C",
    options("connect=direct&directConnection=false"),
  ),
  row("load-balanced", "loadBalanced=true at a server behind none", "C", options("loadBalanced=true")),
  row(
    "load-balanced-set",
    "loadBalanced=true with replicaSet",
    "C",
    options("loadBalanced=true&replicaSet=x"),
  ),
  row("srv-option", "srvMaxHosts without mongodb+srv", "C", options("srvMaxHosts=1")),
  row("mechanism-sha1", "authMechanism=SCRAM-SHA-1", "C", options("authMechanism=SCRAM-SHA-1")),
  row("mechanism-sha256", "authMechanism=SCRAM-SHA-256", "C", options("authMechanism=SCRAM-SHA-256")),
  row("mechanism-lower", "authMechanism=scram-sha-256", "C", options("authMechanism=scram-sha-256")),
  row("mechanism-empty", "authMechanism=", "C", options("authMechanism=")),
  row(
    "mechanism-plain",
    "authMechanism=PLAIN, which the server does not have",
    "C",
    options("authMechanism=PLAIN"),
  ),
  row("mechanism-aws", "authMechanism=MONGODB-AWS", "C", { query: "authMechanism=MONGODB-AWS" }),
  row("mechanism-gssapi", "authMechanism=GSSAPI", "C", { query: "authMechanism=GSSAPI" }),
  row("mechanism-unknown", "authMechanism=MAGIC", "C", options("authMechanism=MAGIC")),
  row("mechanism-no-user", "authMechanism without a user", "C", {
    query: "authMechanism=SCRAM-SHA-256",
    uri: (uri) => uri.replace(LOGIN, ""),
  }),
  row(
    "mechanism-properties",
    "authMechanismProperties that are no pairs",
    "C",
    options("authMechanismProperties=x"),
  ),
  row("w-majority", "w=majority, journal=true", "C", options("w=majority&journal=true")),
  row("w-zero", "w=0, mode ensure", "C", options("w=0")),
  row("w-zero-existing", "w=0, mode existing", "C", {
    ...options("w=0"),
    provisioning: "existing",
    commands: PRESENT,
  }),
  row("w-negative", "w=-1", "C", options("w=-1")),
  row("flag-invalid", "retryWrites=yes", "C", options("retryWrites=yes")),
  row("flag-valid", "retryWrites=false, retryReads=true", "C", options("retryWrites=false&retryReads=true")),
  row("number-invalid", "maxPoolSize=many", "C", options("maxPoolSize=many")),
  row(
    "number-valid",
    "timeouts and pools",
    "C",
    options("maxPoolSize=5&minPoolSize=1&connectTimeoutMS=3000&socketTimeoutMS=0"),
  ),
  row("pool-conflict", "minPoolSize above maxPoolSize", "C", options("maxPoolSize=1&minPoolSize=5")),
  row("level-invalid", "zlibCompressionLevel=99", "C", options("zlibCompressionLevel=99")),
  row(
    "read-preference",
    "readPreference=secondaryPreferred",
    "C",
    options("readPreference=secondaryPreferred"),
  ),
  row("read-preference-invalid", "readPreference=second", "C", options("readPreference=second")),
  row(
    "staleness-alone",
    "maxStalenessSeconds without readPreference",
    "C",
    options("maxStalenessSeconds=90"),
  ),
];
