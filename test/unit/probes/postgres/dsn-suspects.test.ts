import { describe, expect, it } from "vitest";
import { ConnectionStringError } from "../../../../capabilities/probes/secrets/connection-string";
import { parseDsn } from "../../../../capabilities/probes/postgres/dsn/dsn";
import { loginHint } from "../../../../capabilities/probes/postgres/login/login-hint";

const SECRET = "S3cr3tPiece";
const AT = `kollect:${SECRET}@db.shop:5432/app`;
const encoded = (text: string): string => Buffer.from(text).toString("base64");

/** What other programs and tools write where pgx expects a connection string, and what the message says of it. */
const FOUND: ReadonlyArray<readonly [what: string, dsn: string, words: RegExp]> = [
  [
    "SQLAlchemy",
    `postgresql+psycopg2://${AT}`,
    /names a driver in its scheme.*write postgresql:\/\/ without it/,
  ],
  ["Celery", `db+postgresql://${AT}`, /names a driver in its scheme/],
  ["capital letters", `Postgres://${AT}`, /capital letters in its scheme/],
  ["MySQL", `mysql://${AT}`, /for another database: write postgresql:\/\//],
  ["MongoDB", `mongodb+srv://${AT}`, /for another database/],
  ["Prisma Accelerate", `prisma://accelerate.example/?api_key=${SECRET}`, /does not start with postgresql/],
  ["the JDBC URL of another database", `jdbc:sqlserver://db;password=${SECRET}`, /holds a JDBC URL/],
  ["Npgsql", `User ID=kollect;Password=${SECRET};Host=db`, /separates its parameters by ';'/],
  ["ODBC", `Driver={PostgreSQL Unicode};Server=db;Pwd=${SECRET};`, /separates its parameters by ';'/],
  ["PHP", `pgsql:host=db;dbname=app;user=k;password=${SECRET}`, /data source name of PHP/],
  ["commas", `host=db, port=5432, user=k, password=${SECRET}`, /separates its parameters by ','/],
  ["JSON", `{"host":"db","password":"${SECRET}"}`, /is JSON and no connection string/],
  ["a file for environment variables", `export DATABASE_URL='postgres://${AT}'`, /write the URL alone/],
  ["a line of YAML", `DATABASE_URL: postgres://${AT}`, /write the URL alone/],
  ["a command", `psql -h db.shop -U ${SECRET}`, /begins with a command/],
  ["a line of .pgpass", `db.shop:5432:app:kollect:${SECRET}`, /is no connection string: write/],
  ["the password alone", SECRET, /is no connection string: write/],
  ["the DSN of Go's MySQL driver", `kollect:${SECRET}@tcp(db:3306)/app`, /is no connection string: write/],
  ["typographic quotes", `“postgresql://${AT}”`, /begins with a quote/],
  ["brackets of Markdown", `<postgresql://${AT}>`, /enclosed in brackets/],
  ["a zero-width space", `\u200bpostgresql://${AT}`, /character that cannot be seen/],
  ["a byte order mark behind it", `postgresql://${AT}\ufeff`, /character that cannot be seen/],
  ["slashes as JSON escapes them", `postgresql:\\/\\/${AT}`, /write '\/' alone/],
  ["an ampersand as JSON escapes it", `postgresql://${AT}?a=1\\u0026b=2`, /write & between the parameters/],
  ["an escaped line end", `postgresql://${AT}\\n`, /ends in the two characters/],
  ["base64 twice, of keywords", encoded(`host=db password=${SECRET}`), /encoded in base64 twice/],
  ["base64 twice, with quotes", encoded(`"postgresql://${AT}"`), /encoded in base64 twice/],
  ["a reference to 1Password", `op://vault/${SECRET}/dsn`, /reference to a store of secrets/],
  ["a reference of vals", `ref+awsssm://pg/${SECRET}`, /reference to a store of secrets/],
  ["what SOPS encrypts", `ENC[AES256_GCM,data:${SECRET}]`, /reference to a store of secrets/],
  ["a placeholder of Python", "postgresql://k:%(password)s@db/app", /holds a placeholder/],
  ["a placeholder for the host", `postgresql://k:${SECRET}@<host>:5432/app`, /holds a placeholder/],
  ["a placeholder for the port", `postgresql://k:${SECRET}@HOST:PORT/app`, /holds a placeholder/],
  ["a variable for the host", `postgresql://k:${SECRET}@\${PGHOST}:5432/app`, /holds a placeholder/],
  [
    "a variable of a Service",
    `postgresql://k:${SECRET}@db:tcp://10.0.0.1:5432/app`,
    /the number of the port/,
  ],
  [
    "Azure's user@server",
    `postgresql://k@server:${SECRET}@db/app`,
    /more than one '@'.*user or password.*%40/,
  ],
  ["a user under another name", `host=db username=k password=${SECRET}`, /write user in place of username/],
  ["sslmode of the driver pg", "host=db user=k sslmode=no-verify", /write sslmode=require/],
  ["sslmode as a switch", "host=db user=k sslmode=true", /write sslmode=require/],
  ["sslmode in capitals", "host=db user=k sslmode=Require", /write sslmode=require/],
  ["sslmode with an underscore", "host=db user=k sslmode=VERIFY_FULL", /write sslmode=verify-full/],
];

describe("connection strings of other programs", () => {
  it.each(FOUND)("are named: %s", (_what, dsn, words) => {
    let error: unknown;
    try {
      parseDsn(dsn);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConnectionStringError);
    const { message } = error as Error;
    expect(message).toMatch(words);
    expect(message).not.toContain(SECRET);
    expect(message.length).toBeLessThan(250);
  });

  it.each([
    "host=a,b port=5432 user=k",
    "host=db user=k password='a, b=c'",
    "host=db user=k password=a;b=c",
    "postgresql://k:$(x)@db/app",
    "postgresql://k:a%3Cb%3E@db/app",
    "postgresql://k:p@db/app?options=-c%20search_path%3Da",
    "postgresql://k:endpoint=ep-1;pw@db/app",
  ])("are not seen in %s", (dsn) => {
    expect(parseDsn(dsn).hosts.length).toBeGreaterThan(0);
  });
});

describe("the hint for a refused login", () => {
  const hintFor = (user: string, password: string): string =>
    loginHint({ dsn: { ...parseDsn(`host=db user=k`), user, password } });
  it.each([
    ["k", "${DB_PASSWORD}", /password there looks like a placeholder/],
    ["$(PGUSER)", "x1", /user name there looks like a placeholder/],
    ["k", "'pw'", /password there is enclosed in quotes/],
    ["k", encoded(SECRET), /password there looks encoded in base64 twice/],
    ["k", "p%40ss", /holds a percent-encoded character/],
    ["k@server", "pw", /holds '@'.*single servers/],
  ])("for user %s and password %s", (user, password, words) => {
    const hint = hintFor(user, password);
    expect(hint).toMatch(words);
    expect(hint).not.toContain(password);
  });
  it("is empty where nothing looks odd", () => {
    expect(hintFor("kollect", "corr&ct horse:b@ttery/staple%41")).toBe("");
  });
});
