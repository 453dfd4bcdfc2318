import { describe, expect, it } from "vitest";
import { parseDsn, type Dsn } from "../../../../capabilities/probes/postgres/dsn";
import { ConnectionStringError } from "../../../../capabilities/probes/connection-string";

const DEFAULTS: Dsn = {
  hosts: [{ host: "db.shop", port: 5432 }],
  user: "kollect",
  database: "kollect",
  systemRoots: false,
  directTls: false,
  sendServerName: true,
  channelBinding: "prefer",
  targetSessionAttrs: "any",
};

const url = (rest: string): string => `postgresql://${rest}`;

/** Each row as libpq reads it: PostgreSQL manual, "Connection Strings", and what psql was seen to do. */
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
  [url("kollect:p?x#y@db.shop"), { password: "p?x#y" }],
  [url("kollect:@db.shop"), {}],
  [url("kollect@[fd00::5]:6000"), { hosts: [{ host: "fd00::5", port: 6000 }] }],
  [url("kollect@[fd00::5]"), { hosts: [{ host: "fd00::5", port: 5432 }] }],
  [
    url("kollect@a:1,b,c:3/app"),
    {
      database: "app",
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 5432 },
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
  [
    url("kollect@db.shop?hostaddr=10.0.0.7"),
    { hosts: [{ host: "db.shop", address: "10.0.0.7", port: 5432 }] },
  ],
  [
    url("?hostaddr=10.0.0.7&user=kollect"),
    { hosts: [{ host: "10.0.0.7", address: "10.0.0.7", port: 5432 }] },
  ],
  [url("kollect@db.shop?ssl=true"), { sslMode: "require" }],
  [url("kollect@db.shop?sslmode=verify-ca"), { sslMode: "verify-ca" }],
  [url("kollect@db.shop?sslmode="), {}],
  [url("kollect@db.shop?sslrootcert=system"), { sslMode: "verify-full", systemRoots: true }],
  [url("kollect@db.shop?sslmode=require&sslnegotiation=direct"), { sslMode: "require", directTls: true }],
  [url("kollect@db.shop?sslsni=0"), { sendServerName: false }],
  [url("kollect@db.shop?ssl_min_protocol_version=TLSv1.3"), { minTlsVersion: "TLSv1.3" }],
  [url("kollect@db.shop?ssl_max_protocol_version=TLSv1.2"), { maxTlsVersion: "TLSv1.2" }],
  [url("kollect@db.shop?channel_binding=require"), { channelBinding: "require" }],
  [url("kollect@db.shop?require_auth=scram-sha-256,md5"), { requireAuth: ["md5", "scram-sha-256"] }],
  [
    url("kollect@db.shop?require_auth=!password,!md5"),
    { requireAuth: ["gss", "sspi", "scram-sha-256", "oauth", "none"] },
  ],
  [url("kollect@db.shop?connect_timeout=10"), { connectTimeoutMs: 10_000 }],
  [url("kollect@db.shop?connect_timeout=1"), { connectTimeoutMs: 2000 }],
  [url("kollect@db.shop?connect_timeout=0"), {}],
  [url("kollect@db.shop?connect_timeout=-1"), {}],
  [url("kollect@db.shop?target_session_attrs=read-write"), { targetSessionAttrs: "read-write" }],
  [url("kollect@db.shop?options=-c%20search_path%3Dsales"), { options: "-c search_path=sales" }],
  [url("kollect@db.shop?application_name=x"), { applicationName: "x" }],
  [url("kollect@db.shop?fallback_application_name=y"), { applicationName: "y" }],
  [url("kollect@db.shop?keepalives=1&tcp_user_timeout=5&gssencmode=disable&client_encoding=latin1"), {}],
  ["  postgresql://kollect@db.shop\n", {}],

  ["host=db.shop user=kollect", {}],
  ["host = db.shop  user\t=\n'kollect'", {}],
  ["host=db.shop user=kollect password='it\\'s a \\\\ \"test\"'", { password: 'it\'s a \\ "test"' }],
  ["host=db.shop user=kollect password=a\\ b", { password: "a b" }],
  ["host=db.shop user=kollect password=''", {}],
  ["host=db.shop user=kollect password=x=y=z", { password: "x=y=z" }],
  ["host=db.shop user=kollect password=%41", { password: "%41" }],
  ["host=db.shop user=old user=kollect", {}],
  [
    "user=kollect host=db.shop port=6000 dbname=app",
    { hosts: [{ host: "db.shop", port: 6000 }], database: "app" },
  ],
  [
    "user=kollect host=a,b port=1,2 hostaddr=10.0.0.1,",
    {
      hosts: [
        { host: "a", address: "10.0.0.1", port: 1 },
        { host: "b", port: 2 },
      ],
    },
  ],
  ["user='Günther' host=db.shop", { user: "Günther", database: "Günther" }],
];

describe("connection strings that libpq reads", () => {
  it.each(READ)("reads %j", (dsn, expected) => {
    expect(parseDsn(dsn)).toEqual({ ...DEFAULTS, ...expected });
  });
});

const SECRET = "S3cr3tPiece";

/** What is refused, and what the message says about it. None may show a piece of the string's own. */
const REFUSED: ReadonlyArray<readonly [dsn: string, words: RegExp]> = [
  ["", /names no host/],
  [`https://kollect:${SECRET}@db.shop`, /does not start with postgresql/],
  [`mongodb+srv://kollect:${SECRET}@db.shop`, /does not start with postgresql/],
  [`POSTGRESQL://kollect:${SECRET}@db.shop`, /does not start with postgresql/],
  [`kollect:${SECRET}@db.shop`, /without '='/],
  [url(`db.shop/app`), /names no user/],
  [url(`kollect:${SECRET}@/app`), /names no host/],
  [url(`kollect:${SECRET}@`), /names no host/],
  [url(`kollect:${SECRET}@a,,b`), /names no host/],
  [url(`kollect:a@${SECRET}@db.shop`), /host that is not a name/],
  [url(`kollect:${SECRET}/x@db.shop`), /port that is not 1 to 65535/],
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
  [url("kollect@db.shop?hostaddr=db.shop"), /hostaddr that is not an IP/],
  ["user=kollect host=a,b hostaddr=10.0.0.1", /host and hostaddr/],
  ["user=kollect host=a,b,c port=1,2", /list of ports/],
  [`user=kollect host=${"a,".repeat(16)}a`, /more than 16 hosts/],
  [`user=kollect host=db.shop password='${SECRET}`, /quote that does not end/],
  [`user=kollect host=db.shop password=x ${SECRET}`, /without '='/],
  [`user=kollect host=db.shop =${SECRET}`, /without '='/],
  [url(`kollect@db.shop?${SECRET}`), /not keyword=value/],
  [url(`kollect@db.shop?sslmode=require=${SECRET}`), /not keyword=value/],
  [url(`kollect@db.shop?${SECRET}=1`), /does not know \(number 3\)/],
  [`user=kollect host=db.shop password=x ${SECRET}=1`, /does not know \(number 4\)/],
  [url("kollect@db.shop?sslmod=require"), /sslmode may be meant/],
  [url("kollect@db.shop?sslmdoe=require"), /sslmode may be meant/],
  [url("kollect@db.shop?HOST=x"), /host may be meant/],
  [url("kollect@db.shop?search_path=x"), /parameter search_path, .*options=-c/],
  [url("kollect@db.shop?pool_max_conns=4"), /parameter pool_max_conns/],
  [url(`kollect@db.shop?sslmode=${SECRET}`), /value of sslmode that is not one of disable, allow/],
  [url("kollect@db.shop?sslmode=no-verify"), /value of sslmode/],
  [url("kollect@db.shop?sslrootcert=/etc/ca.pem"), /sslrootcert.*spec\.tls\.caBundle/],
  [url("kollect@db.shop?sslrootcert=system&sslmode=require"), /needs sslmode=verify-full/],
  [url("kollect@db.shop?sslnegotiation=direct"), /direct, which needs/],
  [url("kollect@db.shop?sslcert=/etc/c.pem"), /sslcert.*tls\.crt/],
  [url("kollect@db.shop?sslkey=/etc/k.pem"), /sslkey.*tls\.key/],
  [url("kollect@db.shop?sslpassword=x"), /sslpassword.*without a passphrase/],
  [url("kollect@db.shop?sslcrl=/x"), /sslcrl/],
  [url("kollect@db.shop?passfile=/x"), /passfile.*write password/],
  [url("kollect@db.shop?service=x"), /service/],
  [url("kollect@db.shop?replication=database"), /replication/],
  [url("kollect@db.shop?requiressl=1"), /requiressl.*sslmode=require/],
  [url("kollect@db.shop?gssencmode=require"), /gssencmode=require/],
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
