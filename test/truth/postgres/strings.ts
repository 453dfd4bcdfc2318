import type { TruthRow } from "../../../lab/truth/row";
import { PASSWORD, row, WORKING, type Change, type Scene } from "./scene";

const dsn = (
  make: (url: string, scene: Scene) => string,
): { readonly secret: (url: string, scene: Scene) => Record<string, string> } => ({
  secret: (url, scene) => ({ dsn: make(url, scene) }),
});
const keywords = (port: number, more = ""): string =>
  `host=127.0.0.1 port=${port} user=k password='${PASSWORD}' dbname=appdb ${more}`;

/** How the connection string and its Secret are read; the target is the working set. */
export const STRINGS: readonly TruthRow<Scene>[] = [
  row("dsn-wrong-db", "database missing", "S", { database: "nodb" }),
  row("dsn-unknown-user", "user missing", "S", { user: "nope" }),
  row(
    "dsn-multi-host",
    "two hosts, first dead",
    "C",
    dsn((url) => url.replace(/@(127\.0\.0\.1):/, "@127.0.0.1:1,127.0.0.1:")),
  ),
  row(
    "dsn-multi-host-unresolved",
    "two hosts, first without an address",
    "C",
    dsn((url) => url.replace("@127.0.0.1:", "@nope.invalid:1,127.0.0.1:")),
  ),
  row(
    "dsn-hosts-one-port",
    "two hosts, one port",
    "C",
    dsn((url) =>
      url
        .replace("@127.0.0.1:", "@localhost,127.0.0.1:")
        .replace(/localhost,127.0.0.1:(\d+)/, "localhost:$1,127.0.0.1:$1"),
    ),
  ),
  row(
    "dsn-more-ports",
    "keyword form with more ports than hosts",
    "C",
    dsn((_, { plain }) => keywords(plain.port).replace(/port=\d+/, "$&,1")),
  ),
  row(
    "dsn-fewer-ports",
    "three hosts and two ports: the third host has the first one",
    "C",
    dsn((_, { plain }) =>
      keywords(plain.port)
        .replace("host=127.0.0.1", "host=127.0.0.1,127.0.0.1,127.0.0.1")
        .replace(/port=(\d+)/, "port=1,2"),
    ),
  ),
  row(
    "dsn-port-empty",
    "port= without a number",
    "C",
    dsn((url) => `${url.split("?")[0]}?port=`),
  ),
  row(
    "dsn-host-escaped",
    "a percent escape in the host",
    "C",
    dsn((url) => url.replace("127.0.0.1", "127%2E0.0.1")),
  ),
  row(
    "dsn-host-blank",
    "a blank behind the host",
    "C",
    dsn((url) => url.replace(/@127\.0\.0\.1:\d+/, "@localhost ")),
  ),
  row(
    "dsn-no-host",
    "keyword DSN without host",
    "C",
    dsn((_, { plain }) => keywords(plain.port).replace("host=127.0.0.1 ", "")),
  ),
  row(
    "dsn-socket",
    "a socket folder as host",
    "C",
    dsn((_, { plain }) => keywords(plain.port).replace("127.0.0.1", "/tmp")),
  ),
  row(
    "dsn-keywords",
    "keyword form",
    "C",
    dsn((_, { plain }) => keywords(plain.port)),
  ),
  row(
    "dsn-keywords-blanks",
    "keyword form with blanks around =",
    "C",
    dsn((_, { plain }) => keywords(plain.port).replace("port=", "port = ")),
  ),
  row(
    "dsn-keywords-ssl",
    "keyword form with ssl=true",
    "C",
    dsn((_, { plain }) => keywords(plain.port, "ssl=true")),
  ),
  row(
    "dsn-keywords-quote",
    "keyword form, a quote that does not end",
    "C",
    dsn((_, { plain }) => keywords(plain.port).replace("%41'", "%41")),
  ),
  row(
    "dsn-keywords-last-wins",
    "keyword form, user twice",
    "C",
    dsn((_, { plain }) => `user=nope ${keywords(plain.port)}`),
  ),
  row(
    "dsn-postgres-scheme",
    "scheme postgres",
    "C",
    dsn((url) => url.replace("postgresql://", "postgres://")),
  ),
  row(
    "dsn-asyncpg",
    "scheme postgresql+asyncpg",
    "C",
    dsn((url) => url.replace("postgresql://", "postgresql+asyncpg://")),
  ),
  row(
    "dsn-upper-scheme",
    "scheme in upper case",
    "C",
    dsn((url) => url.replace("postgresql://", "POSTGRESQL://")),
  ),
  row(
    "dsn-jdbc",
    "JDBC URL",
    "C",
    dsn((_, { plain }) => `jdbc:postgresql://127.0.0.1:${plain.port}/appdb?user=k&password=pw`),
  ),
  row(
    "dsn-quoted",
    "quotes around the URL",
    "C",
    dsn((url) => `"${url}"`),
  ),
  row(
    "dsn-base64",
    "base64 twice",
    "C",
    dsn((url) => Buffer.from(url).toString("base64")),
  ),
  row(
    "dsn-assignment",
    "DATABASE_URL= in front",
    "C",
    dsn((url) => `DATABASE_URL=${url}`),
  ),
  row(
    "dsn-ado",
    "ADO.NET form",
    "C",
    dsn((_, { plain }) => `Host=127.0.0.1;Port=${plain.port};Username=k;Password=pw;Database=appdb`),
  ),
  row(
    "dsn-v6-no-brackets",
    "IPv6 without brackets",
    "C",
    dsn((url) => url.replace("127.0.0.1", "::1")),
  ),
  row(
    "dsn-2newlines",
    "blanks and two line ends at its end",
    "C",
    dsn((url) => `${url}  \n\n`),
  ),
  row(
    "dsn-newline-within",
    "a line end within",
    "C",
    dsn((url) => url.replace("@", "@\n")),
  ),
  row(
    "dsn-no-user",
    "no user",
    "C",
    dsn((url) => url.replace(/\/\/[^@]*@/, "//")),
  ),
  row(
    "dsn-no-password",
    "no password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, "@")),
  ),
  row(
    "dsn-no-database",
    "no database: the user's name, which is none",
    "S",
    dsn((url) => url.replace(/\/appdb.*$/, "")),
  ),
  row(
    "dsn-slashes",
    "two slashes before the database",
    "C",
    dsn((url) => url.replace("/appdb", "//appdb")),
  ),
  row(
    "dsn-port-missing",
    "colon without a port, server elsewhere",
    "C",
    dsn((url) => url.replace(/:(\d+)\/appdb/, ":/appdb")),
  ),
  row(
    "dsn-port-word",
    "port that is a word",
    "C",
    dsn((url) => url.replace(/:(\d+)\/appdb/, ":pg/appdb")),
  ),
  row(
    "dsn-hash",
    "unescaped # in the password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":p#w@")),
  ),
  row(
    "dsn-slash",
    "unescaped / in the password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":p/w@")),
  ),
  row(
    "dsn-digits-slash",
    "password 12/34 unescaped",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":12/34@")),
  ),
  row(
    "dsn-question",
    "unescaped ? in the password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":p?w@")),
  ),
  row(
    "dsn-percent",
    "unescaped % in the password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":p%w@")),
  ),
  row(
    "dsn-bracket",
    "[ in the password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":p[w@")),
  ),
  row("dsn-colon", "unescaped : in the password", "C", colon()),
  row(
    "dsn-placeholder",
    "a placeholder as password",
    "C",
    dsn((url) => url.replace(/:[^:@]*@/, ":<password>@")),
  ),
  row("key-url", "key url", "C", { secret: (url) => ({ url }) }),
  row("key-database-url", "key DATABASE_URL", "C", { secret: (url) => ({ DATABASE_URL: url }) }),
  row("key-unknown", "key uri (not a known key)", "C", { secret: (url) => ({ uri: url }) }),
  row("key-bad-first", "key dsn not a DSN, url good", "C", { secret: (url) => ({ dsn: "nothing", url }) }),
  row("key-empty-first", "key dsn empty, url good", "C", { secret: (url) => ({ dsn: "", url }) }),
  row("key-blank-first", "key dsn blank, url good", "C", { secret: (url) => ({ dsn: " \n", url }) }),
  row("key-all-empty", "all keys empty", "C", { secret: () => ({ dsn: "", url: "\n" }) }),
  row("secret-missing", "the Secret of databaseRef is missing", "C", {
    change: (truthCase) => ({ ...truthCase, secrets: {} }),
  }),
];

/** The one unescaped character that every version of pgx reads as it is meant. */
function colon(): Change {
  return {
    ...dsn((url) => url.replace(/:[^:@]*@/, ":a:b:c@")),
    sql: `${WORKING} ALTER ROLE k PASSWORD 'a:b:c';`,
  };
}
