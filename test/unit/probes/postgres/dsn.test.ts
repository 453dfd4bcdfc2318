import { describe, expect, it } from "vitest";
import { parseDsn, type Dsn } from "../../../../capabilities/probes/postgres/dsn/dsn";
import { ConnectionStringError } from "../../../../capabilities/probes/secrets/connection-string";

const DEFAULTS: Dsn = {
  hosts: [{ host: "db.shop", port: 5432 }],
  user: "kollect",
  database: "kollect",
  systemRoots: false,
  files: [],
  directTls: false,
  sendServerName: true,
  channelBinding: "prefer",
  targetSessionAttrs: "any",
  execMode: "cache_statement",
  newProtocol: false,
  runtime: [],
};

const url = (rest: string): string => `postgresql://${rest}`;

/** Each row as pgx 5.10 was seen to read it (`pgxpool.ParseConfig`). */
const READ: ReadonlyArray<readonly [dsn: string, expected: Partial<Dsn>]> = [
  [url("kollect@db.shop"), {}],
  ["postgres://kollect@db.shop", {}],
  [url("kollect@db.shop/"), {}],
  [url("kollect@db.shop?"), {}],
  [
    url("kollect:pw@db.shop:6000/app"),
    { password: "pw", hosts: [{ host: "db.shop", port: 6000 }], database: "app" },
  ],
  [url("kollect:p%40s%2Fs%3Aw%25%26@db.shop"), { password: "p@s/s:w%&" }],
  [url("kollect:a:b:c@db.shop"), { password: "a:b:c" }],
  [url("kollect:@db.shop"), {}],
  [url("kollect@[fd00::5]:6000"), { hosts: [{ host: "fd00::5", port: 6000 }] }],
  [url("kollect@[fd00::5]"), { hosts: [{ host: "fd00::5", port: 5432 }] }],
  [
    url("kollect@a:1,b:2,c:3/app"),
    {
      database: "app",
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
        { host: "c", port: 3 },
      ],
    },
  ],
  [
    url("kollect@a,b?port=6000"),
    {
      hosts: [
        { host: "a", port: 6000 },
        { host: "b", port: 6000 },
      ],
    },
  ],
  [url("db.shop?user=kollect&password=p%20w"), { password: "p w" }],
  [url("other@db.shop?user=kollect"), {}],
  [url("kollect@db.shop/app%2Fx"), { database: "app/x" }],
  [url("kollect@db.shop/?dbname=app"), { database: "app" }],
  [url("kollect@db.shop?password=pw;dbname=app"), {}],
  [url("kollect@db.shop?dbname=app&password=pw;"), { database: "app" }],
  [url("kollect@db.shop?password=p%3Bw"), { password: "p;w" }],
  [url("kollect@db.shop?dbname=app&password=p%zz&%z=1"), { database: "app" }],
  [url("kollect@db.shop?sslmode=verify-ca"), { sslMode: "verify-ca" }],
  [url("kollect@db.shop?sslmode=require&sslmode=disable"), { sslMode: "require" }],
  [url("kollect@db.shop?sslmode"), {}],
  [url("kollect@db.shop?&sslmode=require&"), { sslMode: "require" }],
  [url("kollect:a+b@db.shop"), { password: "a+b" }],
  [url("db.shop?user=kollect&password=a+b"), { password: "a b" }],
  [url("kollect@db.shop//app"), { database: "app" }],
  [url("kollect@db.shop?database=app"), { database: "app" }],
  [url("kollect@db.shop?sslrootcert=/etc/ca.pem"), { files: ["sslrootcert"] }],
  [url("kollect@db.shop?sslcert=/c&sslkey=/k&sslpassword=x"), { files: ["sslcert"] }],
  [url("kollect@db.shop?sslrootcert=system&sslmode=require"), { sslMode: "verify-full", systemRoots: true }],
  [url("kollect@db.shop?sslnegotiation=direct"), { sslMode: "require", directTls: true }],
  [url("kollect@db.shop?pool_max_conns=4&pool_max_conn_lifetime=1h30m&krbsrvname=x&servicefile=/s"), {}],
  [url("kollect:x@db.shop?passfile=/p"), { password: "x" }],
  [url("kollect@db.shop?default_query_exec_mode=exec&statement_cache_capacity=0"), { execMode: "exec" }],
  [url("kollect@db.shop?min_protocol_version=3.2"), { newProtocol: true }],
  [url("kollect@db.shop?max_protocol_version=3.2"), {}],
  [url("kollect@db.shop?sslmode="), {}],
  [url("kollect@db.shop?sslrootcert=system"), { sslMode: "verify-full", systemRoots: true }],
  [url("kollect@db.shop?sslmode=require&sslnegotiation=direct"), { sslMode: "require", directTls: true }],
  [url("kollect@db.shop?sslsni=0"), { sendServerName: false }],
  [url("kollect@db.shop?channel_binding=require"), { channelBinding: "require" }],
  [url("kollect@db.shop?require_auth=scram-sha-256,md5"), { requireAuth: ["md5", "scram-sha-256"] }],
  [
    url("kollect@db.shop?require_auth=!password,!md5"),
    { requireAuth: ["gss", "sspi", "scram-sha-256", "oauth", "none"] },
  ],
  [url("kollect@db.shop?connect_timeout=10"), { connectTimeoutMs: 10_000 }],
  [url("kollect@db.shop?connect_timeout=1"), { connectTimeoutMs: 1000 }],
  [url("kollect@db.shop?connect_timeout=0"), {}],
  [url("kollect@db.shop?target_session_attrs=read-write"), { targetSessionAttrs: "read-write" }],
  ["  postgresql://kollect@db.shop\n", {}],

  ["host=db.shop user=kollect", {}],
  ["host = db.shop  user\t=\n'kollect'", {}],
  ["host=db.shop user=kollect password='it\\'s a \\\\ \"test\"'", { password: 'it\'s a \\ "test"' }],
  ["host=db.shop user=kollect password=a\\ b", { password: "a\\ b" }],
  ["host=db.shop user=kollect password=a\\\\b", { password: "a\\b" }],
  ["host=db.shop user=kollect password=''", {}],
  ["host=db.shop user=kollect password=x=y=z", { password: "x=y=z" }],
  ["host=db.shop user=kollect password=%41", { password: "%41" }],
  ["host=db.shop user=old user=kollect", {}],
  [
    "user=kollect host=db.shop port=6000 dbname=app",
    { hosts: [{ host: "db.shop", port: 6000 }], database: "app" },
  ],
  ["user='Günther' host=db.shop", { user: "Günther", database: "Günther" }],
];

describe("connection strings that pgx reads", () => {
  it.each(READ)("reads %j", (dsn, expected) => {
    expect(parseDsn(dsn)).toEqual({ ...DEFAULTS, ...expected });
  });
});

const SECRET = "S3cr3tPiece";

/** What is refused, and what the message says about it. None may show a piece of the string's own. */
const REFUSED: ReadonlyArray<readonly [dsn: string, words: RegExp]> = [
  ["", /names no host/],
  [`https://kollect:${SECRET}@db.shop`, /does not start with postgresql/],
  [`kollect:${SECRET}@db.shop`, /is no connection string: write postgresql:\/\//],
  [`jdbc:postgresql://db.shop/app?user=u&password=${SECRET}`, /holds a JDBC URL/],
  [`"postgresql://u:${SECRET}@db.shop"`, /begins with a quote/],
  [`'postgresql://u:${SECRET}@db.shop'`, /begins with a quote/],
  [Buffer.from(`postgresql://u:${SECRET}@db.shop`).toString("base64"), /encoded in base64 twice/],
  [`DATABASE_URL=postgresql://u:${SECRET}@db.shop`, /write the URL alone/],
  [`Server=db.shop;User Id=u;Password=${SECRET};`, /ADO\.NET/],
  [`postgresql:u:${SECRET}@db.shop`, /lacks '\/\/'/],
  [url(`u:${SECRET}@db.shop?sslmode=require&amp;connect_timeout=5`), /holds &amp;/],
  [url("u:<password>@db.shop"), /holds a placeholder/],
  [url("u:[YOUR-PASSWORD]@db.shop"), /holds a placeholder/],
  ["host=db.shop user=u password=${PASSWORD}", /holds a placeholder/],
  [url(`u:a#${SECRET}@db.shop`), /unescaped '#'/],
  [url(`u:a?${SECRET}@db.shop`), /port that is not 1 to 65535/],
  [url(`u:12?${SECRET}@db.shop`), /names no user/],
  [url(`u:12/${SECRET}@db.shop`), /'@' behind a '\/'/],
  [url(`u:a ${SECRET}@db.shop`), /a character in user or password/],
  [url(`u:a\n${SECRET}@db.shop`), /line break/],
  [url(`u:${SECRET}@a:1,b/app`), /port to some of its hosts/],
  [url(`u:${SECRET}@::1:5432/app`), /IPv6 address without brackets/],
  [url(`u:p@db.shop?${SECRET};x@other:5432/app`), /'@' behind the '\?'/],
  [url("kollect@db.shop?application_name=%ff"), /'%' that is not a percent-encoded/],
  [url(`db.shop/app`), /names no user/],
  [url(`kollect:${SECRET}@/app`), /names no host/],
  [url(`kollect:${SECRET}@`), /names no host/],
  [url(`kollect:${SECRET}@a,,b`), /names no host/],
  [url(`kollect:a@${SECRET}@db.shop`), /more than one '@'/],
  [url(`kollect:${SECRET}/x@db.shop`), /'@' behind a '\/'/],
  [url(`kollect:x@db.shop:${SECRET}`), /port that is not 1 to 65535/],
  [url("kollect@db.shop:0"), /port that is not/],
  [url("kollect@db.shop:65536"), /port that is not/],
  [url("kollect@db.shop:+1"), /port that is not/],
  [url(`kollect:100%${SECRET}@db.shop`), /'%' that is not a percent-encoded/],
  [url(`kollect:%ff%fe@db.shop`), /'%' that is not a percent-encoded/],
  [url("kollect:a%00b@db.shop"), /zero byte/],
  ["host=db.shop user=kollect password=a\0b", /zero byte/],
  [url("kollect@[fd00::5"), /brackets/],
  [url("kollect@[fd00::5]x"), /brackets/],
  [url("kollect@%2Fvar%2Frun"), /Unix socket/],
  ["host=/var/run user=kollect", /Unix socket/],
  ["host=@abstract user=kollect", /Unix socket/],
  [url("kollect@db%2Eshop"), /has a '%' or a blank where the hosts are/],
  ["user=kollect host=a port=", /empty port/],
  ["user=kollect host=a require_auth=md5,md5", /names a method twice/],
  [`user=kollect host=${"a,".repeat(16)}a`, /more than 16 hosts/],
  [`user=kollect host=db.shop password='${SECRET}`, /quote that does not end/],
  [`user=kollect host=db.shop password=x ${SECRET}`, /without '='/],
  [`user=kollect host=db.shop =${SECRET}`, /without '='/],
  [url(`kollect@db.shop?=${SECRET}`), /not keyword=value/],
  [url(`kollect@db.shop?sslmode=require=${SECRET}`), /value of sslmode/],
  [url("kollect@db.shop?pool_max_conns=0"), /pool_max_conns that is not a whole number from 1/],
  [url("kollect@db.shop?pool_min_conns=few"), /pool_min_conns that is not a whole number/],
  [url("kollect@db.shop?pool_max_conn_idle_time=60"), /pool_max_conn_idle_time that is not a duration/],
  [url("kollect@db.shop?statement_cache_capacity=0"), /statement_cache_capacity=0/],
  [url("kollect@db.shop?statement_cache_capacity=x"), /statement_cache_capacity that is not/],
  [url("kollect@db.shop?default_query_exec_mode=simple"), /value of default_query_exec_mode/],
  [url("kollect@db.shop?min_protocol_version=2"), /value of min_protocol_version/],
  [url("kollect@db.shop?min_protocol_version=3.2&max_protocol_version=3.0"), /greater than/],
  [url("kollect@db.shop?connect_timeout=-1"), /connect_timeout/],
  [url("kollect@db.shop?connect_timeout="), /connect_timeout/],
  [url("kollect@db.shop?target_session_attrs="), /target_session_attrs/],
  [url(`kollect@db.shop?sslmode=${SECRET}`), /value of sslmode that is not one of disable, allow/],
  [url("kollect@db.shop?sslmode=no-verify"), /value of sslmode/],
  [url("kollect@db.shop?sslnegotiation=direct&sslmode=allow"), /direct, which needs/],
  [url("kollect@db.shop?sslcert=/etc/c.pem"), /one of sslcert and sslkey/],
  [url("kollect@db.shop?sslkey=/etc/k.pem"), /one of sslcert and sslkey/],
  [url("kollect@db.shop?passfile=/x"), /passfile.*write password/],
  [url("kollect@db.shop?service=x"), /service/],
  [url("kollect@db.shop?replication=database"), /replication/],
  [url(`kollect@db.shop?connect_timeout=${SECRET}`), /connect_timeout/],
  [url(`kollect@db.shop?target_session_attrs=${SECRET}`), /target_session_attrs/],
  [url(`kollect@db.shop?require_auth=${SECRET}`), /require_auth/],
  [url("kollect@db.shop?require_auth=!md5,password"), /require_auth/],
  [`user=kollect host=db.shop password=${"x".repeat(20_000)}`, /longer than/],
];

describe("connection strings that are refused", () => {
  it.each(REFUSED)("refuses %j", (dsn, words) => {
    let message = "";
    try {
      parseDsn(dsn);
    } catch (error) {
      expect(error).toBeInstanceOf(ConnectionStringError);
      message = (error as Error).message;
    }
    expect(message).toMatch(words);
    expect(message).not.toContain(SECRET);
  });
});

describe("parameters that pgx sends to the server", () => {
  const rows: ReadonlyArray<readonly [query: string, name: string, shown: RegExp, advice: RegExp]> = [
    ["search_path=sales", "search_path", /^the setting search_path$/, /correct its value/],
    ["TimeZone=UTC", "TimeZone", /^the setting timezone$/, /leave it out/],
    ["ssl=true", "ssl", /^the parameter ssl$/, /write sslmode=require/],
    ["hostaddr=10.0.0.7", "hostaddr", /^the parameter hostaddr$/, /as host/],
    ["pgbouncer=true", "pgbouncer", /^the parameter pgbouncer$/, /leave it out/],
    ["currentSchema=sales", "currentSchema", /^the parameter currentschema$/, /spec\.postgres\.schema/],
    ["sslmdoe=require", "sslmdoe", /misspelt/, /sslmode may be meant/],
    ["HOST=x", "HOST", /misspelt/, /host may be meant/],
    [`${SECRET}=1`, SECRET, /does not know/, /part of the password/],
  ];
  it.each(rows)("%s", (query, name, shown, advice) => {
    const [parameter, ...others] = parseDsn(url(`kollect@db.shop?${query}`)).runtime;
    expect(others).toEqual([]);
    expect(parameter).toMatchObject({ name, value: query.split("=")[1] });
    expect(parameter?.shown).toMatch(shown);
    expect(parameter?.advice).toMatch(advice);
    expect(`${parameter?.shown} ${parameter?.advice}`).not.toContain(SECRET);
  });
});
