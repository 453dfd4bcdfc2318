import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  trusting,
  USER,
  type CaseOverrides,
  type DsnParts,
} from "../../../lab/backends/postgres";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { blackHole, neverConnects, proxy, refusedPort, type Fault } from "../../../lab/faults";
import { createAuthority, type Authority, type Issued } from "../../../lab/pki";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres";
import { expectFailure, expectPassed, results, runsOf } from "../expect-report";

let authority: Authority;
let server: PostgresServer;
let client: Issued;

/** Which encryption and method each role is admitted with; what follows is SCRAM for everybody. */
const ADMITTED = [
  "hostssl all only_tls 127.0.0.1/32 scram-sha-256",
  "host all only_tls 127.0.0.1/32 reject",
  "hostnossl all only_plain 127.0.0.1/32 scram-sha-256",
  "host all only_plain 127.0.0.1/32 reject",
  "host all by_md5 127.0.0.1/32 md5",
  "host all by_password 127.0.0.1/32 password",
  "host all by_trust 127.0.0.1/32 trust",
  "hostssl all by_cert 127.0.0.1/32 cert",
  "host all nobody_here 127.0.0.1/32 trust",
  "host shut all 127.0.0.1/32 reject",
];

const ROLES = ["only_tls", "only_plain", "by_md5", "by_password", "by_trust", "by_cert", USER];

beforeAll(async () => {
  authority = createAuthority();
  client = authority.issue({ names: ["by_cert"], client: true });
  server = await startPostgres({
    tls: authority.issue({ names: ["localhost"] }),
    clientCa: authority.cert,
    hba: ADMITTED,
  });
  for (const role of ROLES) await server.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await server.sql(`SET password_encryption = md5; ALTER ROLE by_md5 PASSWORD '${PASSWORD}'`);
  await server.sql("CREATE DATABASE app");
  await server.sql(
    `CREATE TABLE inventory (id int PRIMARY KEY, body text);
     GRANT SELECT, INSERT, UPDATE ON inventory TO PUBLIC;`,
    "app",
  );
});
afterAll(() => server?.stop());

const faults: Fault[] = [];
afterEach(async () => {
  for (const fault of faults.splice(0)) await fault.close();
});
async function started(fault: Promise<Fault>): Promise<Fault> {
  const now = await fault;
  faults.push(now);
  return now;
}

const run = runsOf(postgresProbe, [PASSWORD]);

function at(parts: Partial<DsnParts> = {}, overrides: CaseOverrides = {}): ProbeCase {
  return postgresCase(dsnUrl({ host: "localhost", port: server.port, ...parts }), overrides);
}

/** A reload is only asked for: sessions have the new setting when the server has got round to it. */
async function settingIs(server: PostgresServer, name: string, value: string): Promise<void> {
  const shown = async (): Promise<unknown> => (await server.sql(`SHOW ${name}`))[0]?.[name];
  await expect.poll(shown, { timeout: 10_000 }).toBe(value);
}

describe("authentication", () => {
  it.each([
    ["SCRAM with channel binding over TLS", { query: "channel_binding=require&sslmode=require" }],
    ["SCRAM without channel binding over TLS", { query: "channel_binding=disable&sslmode=require" }],
    ["SCRAM in plain text", { query: "sslmode=disable" }],
    ["MD5", { user: "by_md5" }],
    ["a password in clear", { user: "by_password" }],
    ["nothing asked", { user: "by_trust" }],
    ["the method that require_auth wants", { query: "require_auth=scram-sha-256" }],
  ] as ReadonlyArray<readonly [string, Partial<DsnParts>]>)("passes by %s", async (_what, parts) => {
    const report = await expectPassed(run(at(parts)));
    expect(report.serverVersion).toMatch(/^18\./);
    expect(results(report).Authenticate).toBe("Passed");
  });

  it("passes by client certificate from the Secret", async () => {
    const keys = { "tls.crt": client.cert, "tls.key": client.key };
    await expectPassed(run(at({ user: "by_cert", query: "sslmode=require" }, { keys })));
  });

  it("is repeated for every DSN form and Secret key", async () => {
    const keywords = `host=localhost port=${server.port} user=${USER} dbname=app password='${PASSWORD}'`;
    const url = `${dsnUrl({ host: "localhost", port: server.port })}\n`;
    const cases: Array<Record<string, string>> = [{ dsn: keywords }, { url }, { DATABASE_URL: url }];
    for (const values of cases) {
      const probeCase = { ...at(), secrets: { "spec.postgres.databaseRef": values } };
      await expectPassed(run(probeCase));
    }
  });

  const refusals: ReadonlyArray<readonly [string, Partial<DsnParts>, Cause, RegExp]> = [
    [
      "a wrong password",
      { password: "wrong" },
      "AuthenticationFailed",
      /refused the password of user kollect\. Check the key dsn of Secret pg-dsn\./,
    ],
    [
      "a wrong password for MD5",
      { user: "by_md5", password: "wrong" },
      "AuthenticationFailed",
      /refused the password/,
    ],
    [
      "a wrong password in clear",
      { user: "by_password", password: "x" },
      "AuthenticationFailed",
      /refused the password/,
    ],
    ["an unknown user", { user: "who" }, "AuthenticationFailed", /refused the password of user who/],
    [
      "an unknown user who is trusted",
      { user: "nobody_here" },
      "AuthenticationFailed",
      /knows no user nobody_here/,
    ],
    [
      "no password",
      { password: "" },
      "AuthenticationFailed",
      /asks for a password, and the key dsn .* holds none/,
    ],
    [
      "no client certificate",
      { user: "by_cert", query: "sslmode=require" },
      "AuthenticationFailed",
      /user by_cert/,
    ],
    ["an unknown database", { database: "nope" }, "TargetNotFound", /no database nope/],
    [
      "a user who needs TLS",
      { user: "only_tls", query: "sslmode=disable" },
      "AuthenticationFailed",
      /without TLS/,
    ],
    [
      "a method that require_auth excludes",
      { query: "require_auth=password" },
      "UnsupportedAuthMechanism",
      /scram-sha-256/,
    ],
    [
      "no method while require_auth wants one",
      { user: "by_trust", query: "require_auth=scram-sha-256" },
      "UnsupportedAuthMechanism",
      /none/,
    ],
    [
      "channel binding without TLS",
      { query: "channel_binding=require&sslmode=disable" },
      "UnsupportedAuthMechanism",
      /channel binding/,
    ],
    [
      "channel binding without SCRAM",
      { user: "by_md5", query: "channel_binding=require" },
      "UnsupportedAuthMechanism",
      /channel binding/,
    ],
    ["a bad setting", { query: "options=-c%20no_such_setting%3D1" }, "InvalidConfiguration", /options/],
  ];
  it.each(refusals)("reports %s", async (_what, parts, cause, words) => {
    const report = await expectFailure(run(at(parts)), cause, words);
    expect(results(report).Authenticate).toBe("Failed");
    expect(results(report).Verify).toBeUndefined();
  });

  it("sends a refused password once, so that sslmode=prefer locks nobody out", async () => {
    const before = refusalsInLog();
    await run(at({ password: "wrong-once", query: "sslmode=prefer" }));
    await sleep(50);
    expect(refusalsInLog() - before).toBe(1);
  });

  it("takes nothing from the operator's own environment", async () => {
    const planted = {
      PGPASSWORD: PASSWORD,
      PGUSER: USER,
      PGDATABASE: "nope",
      PGHOST: "192.0.2.1",
      PGOPTIONS: "-c no_such_setting=1",
      PGSSLMODE: "no-verify",
      PGSSLNEGOTIATION: "direct",
      PGAPPNAME: "planted",
      PGREPLICATION: "database",
    };
    Object.assign(process.env, planted);
    try {
      await expectPassed(run(at()));
      await expectFailure(run(at({ password: "" })), "AuthenticationFailed");
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name];
    }
  });
});

function refusalsInLog(): number {
  return server.log().match(/FATAL: {2}password authentication failed/g)?.length ?? 0;
}

describe("sslmode", () => {
  const trusted = (): CaseOverrides => ({ tls: trusting(authority.cert) });
  type Row = readonly [
    string,
    Partial<DsnParts>,
    () => CaseOverrides,
    Partial<ProbeReport> & { tlsPhase: string },
  ];
  const none = (): CaseOverrides => ({});
  const rows: readonly Row[] = [
    ["disable", {}, none, { insecure: "PlainText", tlsPhase: "Skipped: sslmode does not ask for TLS" }],
    ["allow", {}, none, { insecure: "PlainText", tlsPhase: "Skipped: sslmode does not ask for TLS" }],
    ["allow", { user: "only_tls" }, none, { insecure: "PlainText", tlsPhase: "Passed" }],
    ["prefer", {}, none, { insecure: "VerificationSkipped", tlsPhase: "Passed" }],
    ["prefer", { user: "only_plain" }, none, { insecure: "PlainText", tlsPhase: "Passed" }],
    ["require", {}, none, { insecure: "VerificationSkipped", tlsPhase: "Passed" }],
    ["require", {}, trusted, { tlsPhase: "Passed" }],
    ["require", { host: "127.0.0.1" }, trusted, { tlsPhase: "Passed" }],
    ["verify-ca", { host: "127.0.0.1" }, trusted, { tlsPhase: "Passed" }],
    ["verify-full", {}, trusted, { tlsPhase: "Passed" }],
    ["prefer", {}, trusted, { tlsPhase: "Passed" }],
  ];
  it.each(rows)("%s works with %j", async (mode, parts, overrides, { insecure, tlsPhase }) => {
    const report = await expectPassed(run(at({ ...parts, query: `sslmode=${mode}` }, overrides())));
    expect(report.insecure).toBe(insecure);
    expect(results(report).TLS).toBe(tlsPhase);
  });

  it.each([
    ["verify-full", { host: "127.0.0.1" }, "TLSNameMismatch"],
    ["prefer", { host: "127.0.0.1" }, "TLSNameMismatch"],
    ["allow", { host: "127.0.0.1" }, "TLSNameMismatch"],
  ] as const)("%s with authorities verifies the name", async (mode, parts, cause) => {
    const report = await expectFailure(run(at({ ...parts, query: `sslmode=${mode}` }, trusted())), cause);
    expect(report.insecure).toBeUndefined();
  });

  it.each(["require", "verify-ca", "verify-full", "prefer"])(
    "%s never falls back when the chain is not trusted",
    async (mode) => {
      const other = { tls: trusting(createAuthority("Other").cert) };
      const report = await expectFailure(run(at({ query: `sslmode=${mode}` }, other)), "TLSUntrusted");
      expect(report.insecure).toBeUndefined();
    },
  );

  it("shows insecureSkipVerify as such, whatever sslmode verifies", async () => {
    const report = await expectPassed(
      run(at({ host: "127.0.0.1", query: "sslmode=verify-full" }, { tls: { insecureSkipVerify: true } })),
    );
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("starts with TLS at once for sslnegotiation=direct", async () => {
    const query = "sslmode=verify-full&sslnegotiation=direct";
    await expectPassed(run(at({ query }, trusted())));
  });

  it("uses TLS versions as the string says", async () => {
    const query = "sslmode=require&ssl_max_protocol_version=TLSv1.2";
    expect((await run(at({ query }))).tls?.version).toBe("TLSv1.2");
  });

  describe("at a server without TLS", () => {
    let plain: PostgresServer;
    beforeAll(async () => {
      plain = await startPostgres();
      await plain.sql(`CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`);
      await plain.sql(`CREATE DATABASE app OWNER ${USER}`);
    });
    afterAll(() => plain?.stop());
    const here = (query: string, overrides?: CaseOverrides): ProbeCase =>
      at({ port: plain.port, query }, overrides);

    it.each(["prefer", "allow", "disable"])("%s works in plain text", async (mode) => {
      const report = await expectPassed(run(here(`sslmode=${mode}`)));
      expect(report.insecure).toBe("PlainText");
      expect(report.tls).toBeUndefined();
    });
    it.each(["require", "verify-ca", "verify-full"])("%s is TLSFailed", async (mode) => {
      const report = await expectFailure(
        run(here(`sslmode=${mode}`)),
        "TLSFailed",
        `does not offer TLS, which sslmode=${mode} asks for`,
      );
      expect(results(report).TLS).toBe("Failed");
      expect(report.insecure).toBeUndefined();
    });
    it("prefer is TLSFailed when the sink names authorities", async () => {
      await expectFailure(run(here("sslmode=prefer", trusted())), "TLSFailed");
    });
    it("reports a server that takes no writes, and looks for the primary among several hosts", async () => {
      const hosts = `localhost:${plain.port},localhost:${server.port}`;
      const dsn = dsnUrl({ host: hosts, port: server.port }).replace(/:\d+\/app/, "/app");
      await plain.sql("ALTER SYSTEM SET default_transaction_read_only = on");
      await plain.sql("SELECT pg_reload_conf()");
      await settingIs(plain, "default_transaction_read_only", "on");
      try {
        await expectFailure(run(postgresCase(dsn)), "PermissionDenied", "default_transaction_read_only");
        await expectPassed(run(postgresCase(`${dsn}?target_session_attrs=read-write`)));
        const readOnly = await run(postgresCase(`${dsn}?target_session_attrs=standby`));
        expect(readOnly.failure).toMatchObject({ cause: "TargetNotFound" });
        expect(readOnly.failure?.message).toContain("None of the 2 hosts can be used.");
      } finally {
        await plain.sql("ALTER SYSTEM RESET default_transaction_read_only");
        await plain.sql("SELECT pg_reload_conf()");
      }
    });
  });
});

describe("a standby", () => {
  let standby: PostgresServer;
  beforeAll(async () => {
    standby = await startPostgres({ standby: true });
  });
  afterAll(() => standby?.stop());
  const as = (hosts: string, query: string): ProbeCase => {
    const { user, password } = server.superuser;
    return postgresCase(`host=${hosts} user=${user} password=${password} dbname=postgres ${query}`);
  };

  it("is reported, because the sink could not write there", async () => {
    await expectFailure(
      run(as("localhost", `port=${standby.port}`)),
      "PermissionDenied",
      "is a standby, which takes no writes",
    );
  });
  it.each(["read-write", "primary"])("is passed over for target_session_attrs=%s", async (attrs) => {
    const query = `port=${standby.port},${server.port} target_session_attrs=${attrs}`;
    await expectPassed(run(as("localhost,localhost", query)));
    expect(await standby.connections()).toBe(0);
  });
  it.each(["standby", "prefer-standby", "read-only"])(
    "is taken for target_session_attrs=%s",
    async (attrs) => {
      const query = `port=${server.port},${standby.port} target_session_attrs=${attrs}`;
      const report = await run(as("localhost,localhost", query));
      expect(report.failure?.message).toContain(`localhost:${standby.port} is a standby`);
    },
  );
  it("is TargetNotFound when nothing else is there", async () => {
    await expectFailure(
      run(as("localhost", `port=${standby.port} target_session_attrs=primary`)),
      "TargetNotFound",
      "target_session_attrs=primary",
    );
  });
});

describe("several hosts", () => {
  const list = (...targets: ReadonlyArray<{ host: string; port: number }>): string =>
    dsnUrl({ host: targets.map(({ host, port }) => `${host}:${port}`).join(","), port: 1 }).replace(
      ":1/app",
      "/app",
    );

  it("are tried in order until one works", async () => {
    const report = await expectPassed(run(postgresCase(list(await refusedPort(), server))));
    expect(results(report).Connect).toBe("Passed");
  });
  it("that are silent leave time for the next one", async () => {
    const silent = await started(blackHole());
    await expectPassed(run(postgresCase(list(silent, server)), { timeoutMs: 4000 }));
    expect(silent.open()).toBe(0);
  });
  it("are given as long as connect_timeout says", async () => {
    const silent = await started(blackHole());
    const startedAt = Date.now();
    await expectPassed(
      run(postgresCase(`${list(silent, server)}?connect_timeout=2`), {
        timeoutMs: 20_000,
      }),
    );
    expect(Date.now() - startedAt).toBeGreaterThan(1900);
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });
  it("are not tried after a refused password", async () => {
    const silent = await started(blackHole());
    const dsn = list(server, silent).replace(encodeURIComponent(PASSWORD), "wrong");
    await expectFailure(run(postgresCase(dsn)), "AuthenticationFailed");
    expect(silent.seen()).toBe(0);
  });
  it("are all named when none works", async () => {
    const [one, two] = [await refusedPort(), await refusedPort()];
    const report = await expectFailure(
      run(postgresCase(list(one, two))),
      "ConnectionRefused",
      "None of the 2 hosts can be used.",
    );
    for (const { port } of [one, two]) expect(report.failure?.message).toContain(`127.0.0.1:${port}`);
  });
  it("are dialled at hostaddr, and verified by name", async () => {
    const query = `hostaddr=127.0.0.1&sslmode=verify-full`;
    const parts = { host: "localhost", query };
    await expectPassed(run(at(parts, { tls: trusting(authority.cert) })));
  });
});

describe("authorize", () => {
  beforeAll(async () => {
    await server.sql(
      `CREATE SCHEMA sales; CREATE SCHEMA closed; CREATE SCHEMA "Odd ""Name";
       GRANT USAGE ON SCHEMA sales TO ${USER}; GRANT USAGE, CREATE ON SCHEMA "Odd ""Name" TO ${USER};
       CREATE TABLE sales.orders (id int, body text); GRANT INSERT ON sales.orders TO ${USER};
       CREATE TABLE sales.narrow (id int, body text); GRANT INSERT (id), UPDATE (body) ON sales.narrow TO ${USER};
       CREATE TABLE closed.orders (id int); GRANT INSERT, UPDATE ON closed.orders TO ${USER};
       CREATE INDEX some_index ON sales.orders (id);
       CREATE VIEW sales.simple AS SELECT * FROM sales.narrow; GRANT INSERT, UPDATE ON sales.simple TO ${USER};
       CREATE VIEW sales.summed AS SELECT count(*) AS n FROM sales.narrow; GRANT INSERT, UPDATE ON sales.summed TO ${USER};
       CREATE TABLE sales.parts (id int) PARTITION BY RANGE (id); GRANT INSERT, UPDATE ON sales.parts TO ${USER};
       CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
       CREATE FOREIGN TABLE sales.far (id int) SERVER far; GRANT INSERT, UPDATE ON sales.far TO ${USER};
       CREATE TABLE sales.guarded (id int); GRANT INSERT, UPDATE ON sales.guarded TO ${USER};
       ALTER TABLE sales.guarded ENABLE ROW LEVEL SECURITY;
       CREATE POLICY others ON sales.guarded FOR ALL TO postgres USING (true);
       CREATE POLICY limit_all ON sales.guarded AS RESTRICTIVE FOR ALL USING (true);
       CREATE POLICY writes ON sales.guarded FOR INSERT TO PUBLIC WITH CHECK (id > 0);
       CREATE TABLE sales.admitted (id int); GRANT INSERT, UPDATE ON sales.admitted TO ${USER};
       ALTER TABLE sales.admitted ENABLE ROW LEVEL SECURITY;
       CREATE ROLE exporters; GRANT exporters TO ${USER};
       CREATE POLICY ours ON sales.admitted FOR ALL TO exporters USING (true);
       CREATE TABLE "Odd ""Name"."T; DROP TABLE inventory" (id int);
       GRANT INSERT, UPDATE ON "Odd ""Name"."T; DROP TABLE inventory" TO ${USER};
       CREATE TABLE "Odd ""Name".narrow (id int);`,
      "app",
    );
  });

  it.each<readonly [string, CaseOverrides]>([
    ["a table found by the search path", { provisioning: "existing" }],
    [
      "a table whose columns alone are granted",
      { provisioning: "existing", schema: "sales", table: "narrow" },
    ],
    ["a partitioned table", { provisioning: "existing", schema: "sales", table: "parts" }],
    ["a table whose policies let a role of the user in", { schema: "sales", table: "admitted" }],
    ["a simple view", { provisioning: "existing", schema: "sales", table: "simple" }],
    ["a name that needs quotes", { schema: 'Odd "Name', table: "T; DROP TABLE inventory" }],
    ["a new table where CREATE is given", { schema: 'Odd "Name', table: "new" }],
  ])("passes for %s", async (_what, overrides) => {
    const report = await expectPassed(run(at({}, overrides)));
    expect(results(report).Authorize).toBe("Passed");
  });

  const refusals: ReadonlyArray<readonly [string, CaseOverrides, Cause, RegExp]> = [
    ["a missing table", { provisioning: "existing", table: "nope" }, "TargetNotFound", /no table nope/],
    [
      "an existing table in another case",
      { provisioning: "existing", table: "Inventory" },
      "TargetNotFound",
      /"Inventory"/,
    ],
    [
      "no right to create",
      { table: "nope" },
      "PermissionDenied",
      /GRANT CREATE ON SCHEMA public TO kollect;/,
    ],
    [
      "no right to create in the schema",
      { schema: "sales", table: "nope" },
      "PermissionDenied",
      /GRANT CREATE ON SCHEMA sales/,
    ],
    ["a missing schema", { schema: "nope" }, "TargetNotFound", /no schema nope/],
    [
      "insert without update",
      { schema: "sales", table: "orders" },
      "PermissionDenied",
      /GRANT UPDATE ON sales\.orders TO kollect;/,
    ],
    [
      "a schema that may not be used",
      { schema: "closed", table: "orders" },
      "PermissionDenied",
      /GRANT USAGE ON SCHEMA closed/,
    ],
    ["an index", { schema: "sales", table: "some_index" }, "TargetNotFound", /is an index/],
    [
      "row-level security without a policy for updates",
      { schema: "sales", table: "guarded" },
      "PermissionDenied",
      /no policy lets user kollect UPDATE\. Run CREATE POLICY … ON sales\.guarded FOR UPDATE TO kollect/,
    ],
    [
      "a foreign table that takes no writes",
      { schema: "sales", table: "far" },
      "PermissionDenied",
      /is a foreign table/,
    ],
    ["a view over an aggregate", { schema: "sales", table: "summed" }, "PermissionDenied", /is a view/],
  ];
  it.each(refusals)("reports %s", async (_what, overrides, cause, words) => {
    const report = await expectFailure(run(at({}, overrides)), cause, words);
    expect(results(report).Verify).toBe("Passed");
    expect(results(report).Authorize).toBe("Failed");
  });

  it("follows the search path of the session", async () => {
    const query = `options=${encodeURIComponent("-c search_path=sales")}`;
    await expectPassed(run(at({ query }, { provisioning: "existing", table: "narrow" })));
    await expectFailure(
      run(at({ query }, { provisioning: "existing", table: "inventory" })),
      "TargetNotFound",
    );
  });

  it.each<readonly [string, string, CaseOverrides, RegExp | undefined]>([
    ["has the table", 'sales,"Odd ""Name"', { table: "narrow" }, undefined],
    ["has the table", '"Odd ""Name",sales', { table: "narrow" }, /lacks INSERT, UPDATE on "Odd/],
    ["is there, for a new table", 'nope,"Odd ""Name",sales', { table: "new" }, undefined],
    ["is there, for a new table", 'sales,"Odd ""Name"', { table: "new" }, /GRANT CREATE ON SCHEMA sales/],
  ])("takes the first schema that %s: search_path=%s", async (_what, path, overrides, refusal) => {
    const query = `options=${encodeURIComponent(`-c search_path=${path.replaceAll(" ", "\\ ")}`)}`;
    const { failure } = await run(at({ query }, overrides));
    if (refusal) expect(failure?.message).toMatch(refusal);
    else expect(failure).toBeUndefined();
  });

  it("is skipped when the user may not look into the catalog", async () => {
    await server.sql("CREATE DATABASE strict");
    await server.sql("REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC", "strict");
    const report = await expectPassed(run(at({ database: "strict" })));
    expect(results(report).Authorize).toBe("Skipped: not permitted to ask");
  });

  it("is skipped at a server that has another catalog", async () => {
    await server.sql("CREATE DATABASE foreign_catalog");
    await server.sql(
      `SET allow_system_table_mods = on;
       ALTER FUNCTION pg_catalog.has_any_column_privilege(oid, text) RENAME TO has_other_privilege`,
      "foreign_catalog",
    );
    const report = await expectPassed(run(at({ database: "foreign_catalog" })));
    expect(results(report).Authorize).toBe("Skipped: the server does not know the question for rights");
  });

  it("changes nothing at the server", async () => {
    const count = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS n FROM pg_stat_user_tables";
    const tables = "SELECT count(*)::int AS n FROM pg_class";
    const before = [await server.sql(count, "app"), await server.sql(tables, "app")];
    await run(at());
    await run(at({}, { table: "nope", schema: 'Odd "Name' }));
    expect([await server.sql(count, "app"), await server.sql(tables, "app")]).toEqual(before);
  });

  it("is asked in a read-only transaction", async () => {
    await server.sql("ALTER SYSTEM SET log_statement = 'all'; ");
    await server.sql("SELECT pg_reload_conf()");
    await settingIs(server, "log_statement", "all");
    await run(at());
    await server.sql("ALTER SYSTEM RESET log_statement");
    await server.sql("SELECT pg_reload_conf()");
    const statements = server.log();
    expect(statements).toMatch(/BEGIN READ ONLY[\s\S]*has_any_column_privilege[\s\S]*ROLLBACK/);
  });
});

describe("a server that has no room or no time", () => {
  it("is TooManyConnections at the role's limit", async () => {
    await server.sql(`CREATE ROLE limited LOGIN PASSWORD '${PASSWORD}' CONNECTION LIMIT 0`);
    await expectFailure(
      run(at({ user: "limited" })),
      "TooManyConnections",
      /has no connection left for user limited/,
    );
  });
  it("is PermissionDenied for a database that takes no connections", async () => {
    await server.sql("CREATE DATABASE sealed WITH ALLOW_CONNECTIONS false");
    await expectFailure(run(at({ database: "sealed" })), "PermissionDenied", /ALLOW_CONNECTIONS/);
  });
  it("is PermissionDenied without CONNECT", async () => {
    await server.sql("CREATE DATABASE private; ");
    await server.sql("REVOKE CONNECT ON DATABASE private FROM PUBLIC");
    await expectFailure(run(at({ database: "private" })), "PermissionDenied", /Grant it CONNECT/);
  });
  it("is AuthenticationFailed when pg_hba.conf does not admit us", async () => {
    await server.sql("CREATE DATABASE shut");
    await expectFailure(run(at({ database: "shut" })), "AuthenticationFailed", /pg_hba\.conf/);
  });
});

describe("deadline and abort", () => {
  async function connectionsGone(): Promise<number> {
    const end = Date.now() + 3000;
    let open = await server.connections();
    while (open > 0 && Date.now() < end) {
      await sleep(20);
      open = await server.connections();
    }
    return open;
  }

  it("leave no session when a lock keeps the catalog closed, and no query that goes on", async () => {
    const holder = new Client({
      host: server.host,
      port: server.port,
      database: "app",
      ...server.superuser,
      ssl: false,
    });
    await holder.connect();
    await holder.query("BEGIN; LOCK TABLE pg_catalog.pg_proc IN ACCESS EXCLUSIVE MODE");
    try {
      const startedAt = Date.now();
      const report = await run(at(), { timeoutMs: 3000 });
      expect(Date.now() - startedAt).toBeLessThan(6000);
      expect(report.failure).toMatchObject({ cause: "TimedOut" });
      expect(results(report).Authorize).toBe("Failed");
      // The server sees that its client has gone at the end of the statement, which it bounds itself.
      await expect.poll(() => server.connections(), { timeout: 15_000 }).toBe(1);
    } finally {
      await holder.end();
    }
  });

  it("leave no session in any phase", async () => {
    for (const stallAfterBytes of [0, 1, 200, 1500, 2200, 2600]) {
      const stalled = await started(proxy(server, { stallAfterBytes }));
      const report = await run(at({ host: stalled.host, port: stalled.port }), { timeoutMs: 400 });
      expect(report.failure?.cause, String(stallAfterBytes)).toBe("TimedOut");
      await expect.poll(() => stalled.open(), { timeout: 10_000 }).toBe(0);
    }
    expect(await connectionsGone()).toBe(0);
  });

  it("leave no session when nobody waits any more", async () => {
    const slow = await started(proxy(server, { latencyMs: 60 }));
    const reason = new Error("nobody waits");
    for (const afterMs of [0, 50, 130, 200, 300, 420]) {
      const controller = new AbortController();
      const running = run(at({ host: slow.host, port: slow.port }), { signal: controller.signal });
      setTimeout(() => controller.abort(reason), afterMs);
      await expect(running).rejects.toBe(reason);
    }
    expect(await connectionsGone()).toBe(0);
  });

  it("name the phase in which a firewall swallowed the connection", async () => {
    const silent = await started(neverConnects());
    const report = await run(at({ host: silent.host, port: silent.port }), { timeoutMs: 1000 });
    expect(report.failure?.message).toContain("did not answer within 1 s during Connect.");
    expect(results(report).Connect).toBe("Failed");
  });

  it("are not needed for a slow server that answers in time", async () => {
    const slow = await started(proxy(server, { latencyMs: 40 }));
    const report = await expectPassed(run(at({ host: slow.host, port: slow.port })));
    expect(report.latencyMs).toBeGreaterThan(400);
  });

  it("see a connection that is cut in the middle, wherever that is", async () => {
    for (const cutAfterBytes of [0, 1, 200, 1500, 2200, 2600]) {
      const cut = await started(proxy(server, { cutAfterBytes }));
      const report = await run(at({ host: cut.host, port: cut.port, query: "sslmode=require" }));
      expect(["Unreachable", "TLSFailed"], String(cutAfterBytes)).toContain(report.failure?.cause);
    }
    expect(await connectionsGone()).toBe(0);
  });

  it("are followed by a goodbye: no session is left when a probe reports", async () => {
    for (let count = 0; count < 10; count += 1) {
      await run(at());
      expect(await server.connections()).toBe(0);
    }
  });
});
