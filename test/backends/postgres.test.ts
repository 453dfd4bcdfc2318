import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { postgresProbe } from "../../capabilities/probes/postgres/probe";
import { expectClean } from "../contract/leaks";
import { runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";
import { blackHole, neverConnects, proxy, refusedPort, type Fault } from "../../lab/faults";
import { createAuthority, type Authority, type Issued } from "../../lab/pki";
import { startPostgres, type PostgresServer } from "../../lab/servers/postgres";
import { inventoryTable } from "../../lab/backends/postgres-table";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  trusting,
  USER,
  type CaseOverrides,
  type DsnParts,
} from "../../lab/backends/postgres";

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
    `${inventoryTable("inventory")} GRANT ALL ON inventory TO PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC;`,
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

async function run(probeCase: ProbeCase, options?: RunOptions): Promise<ProbeReport> {
  const report = await runCase(postgresProbe, probeCase, options);
  expectClean(report, [PASSWORD]);
  return report;
}

function at(parts: Partial<DsnParts> = {}, overrides: CaseOverrides = {}): ProbeCase {
  return postgresCase(dsnUrl({ host: "localhost", port: server.port, ...parts }), overrides);
}

function phase(report: ProbeReport, name: string): string | undefined {
  const found = report.phases.find((each) => each.name === name);
  return found && (found.why ? `${found.result}: ${found.why}` : found.result);
}

async function expectFailure(probeCase: ProbeCase, cause: Cause, words: RegExp): Promise<ProbeReport> {
  const report = await run(probeCase);
  expect(report.failure).toMatchObject({ cause });
  expect(report.failure?.message).toMatch(words);
  return report;
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
    const report = await run(at(parts));
    expect(report.failure).toBeUndefined();
    expect(report.serverVersion).toMatch(/^18\./);
    expect(phase(report, "Authenticate")).toBe("Passed");
  });

  it("passes by client certificate from the Secret", async () => {
    const keys = { "tls.crt": client.cert, "tls.key": client.key };
    const report = await run(at({ user: "by_cert", query: "sslmode=require" }, { keys }));
    expect(report.failure).toBeUndefined();
  });

  it("is repeated for every DSN form and Secret key", async () => {
    const keywords = `host=localhost port=${server.port} user=${USER} dbname=app password='${PASSWORD}'`;
    const url = `${dsnUrl({ host: "localhost", port: server.port })}\n`;
    const cases: Array<Record<string, string>> = [{ dsn: keywords }, { url }, { DATABASE_URL: url }];
    for (const values of cases) {
      const probeCase = { ...at(), secrets: { "spec.postgres.databaseRef": values } };
      expect((await run(probeCase)).failure).toBeUndefined();
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
    [
      "a bad setting",
      { query: "options=-c%20no_such_setting%3D1" },
      "InvalidConfiguration",
      /the setting options/,
    ],
    [
      "a foreign parameter",
      { query: "ssl=true" },
      "InvalidConfiguration",
      /the parameter ssl .*sslmode=require/,
    ],
    [
      "a piece of a password",
      { query: "Tr0ub4dor=1" },
      "InvalidConfiguration",
      /a parameter that it does not know/,
    ],
  ];
  it.each(refusals)("reports %s", async (_what, parts, cause, words) => {
    const report = await expectFailure(at(parts), cause, words);
    expect(phase(report, "Authenticate")).toBe("Failed");
    expect(phase(report, "Verify")).toBeUndefined();
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
      expect((await run(at())).failure).toBeUndefined();
      expect((await run(at({ password: "" }))).failure?.cause).toBe("AuthenticationFailed");
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
    const report = await run(at({ ...parts, query: `sslmode=${mode}` }, overrides()));
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe(insecure);
    expect(phase(report, "TLS")).toBe(tlsPhase);
  });

  it.each([
    ["verify-full", { host: "127.0.0.1" }, "TLSNameMismatch"],
    ["prefer", { host: "127.0.0.1" }, "TLSNameMismatch"],
    ["allow", { host: "127.0.0.1" }, "TLSNameMismatch"],
  ] as const)("%s with authorities verifies the name", async (mode, parts, cause) => {
    const report = await run(at({ ...parts, query: `sslmode=${mode}` }, trusted()));
    expect(report.failure?.cause).toBe(cause);
    expect(report.insecure).toBeUndefined();
  });

  it.each(["require", "verify-ca", "verify-full", "prefer"])(
    "%s never falls back when the chain is not trusted",
    async (mode) => {
      const other = { tls: trusting(createAuthority("Other").cert) };
      const report = await run(at({ query: `sslmode=${mode}` }, other));
      expect(report.failure?.cause).toBe("TLSUntrusted");
      expect(report.insecure).toBeUndefined();
    },
  );

  it("shows insecureSkipVerify as such, whatever sslmode verifies", async () => {
    const report = await run(
      at({ host: "127.0.0.1", query: "sslmode=verify-full" }, { tls: { insecureSkipVerify: true } }),
    );
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("starts with TLS at once for sslnegotiation=direct", async () => {
    const query = "sslmode=verify-full&sslnegotiation=direct";
    expect((await run(at({ query }, trusted()))).failure).toBeUndefined();
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
      const report = await run(here(`sslmode=${mode}`));
      expect(report.failure).toBeUndefined();
      expect(report.insecure).toBe("PlainText");
      expect(report.tls).toBeUndefined();
      const why = mode === "prefer" ? "the server does not offer TLS" : "sslmode does not ask for TLS";
      expect(phase(report, "TLS")).toBe(`Skipped: ${why}`);
    });
    it.each(["require", "verify-ca", "verify-full"])("%s is TLSFailed", async (mode) => {
      const report = await run(here(`sslmode=${mode}`));
      expect(report.failure).toMatchObject({ cause: "TLSFailed" });
      expect(report.failure?.message).toContain(`does not offer TLS, which sslmode=${mode} asks for`);
      expect(phase(report, "TLS")).toBe("Failed");
      expect(report.insecure).toBeUndefined();
    });
    it("prefer is TLSFailed when the sink names authorities", async () => {
      expect((await run(here("sslmode=prefer", trusted()))).failure?.cause).toBe("TLSFailed");
    });
    it("reports a server that takes no writes, and looks for the primary among several hosts", async () => {
      const hosts = `localhost:${plain.port},localhost:${server.port}`;
      const dsn = dsnUrl({ host: hosts, port: server.port }).replace(/:\d+\/app/, "/app");
      await plain.sql("ALTER SYSTEM SET default_transaction_read_only = on");
      await plain.sql("SELECT pg_reload_conf()");
      await settingIs(plain, "default_transaction_read_only", "on");
      try {
        const report = await run(postgresCase(dsn));
        expect(report.failure).toMatchObject({ cause: "PermissionDenied" });
        expect(report.failure?.message).toContain("default_transaction_read_only");
        expect((await run(postgresCase(`${dsn}?target_session_attrs=read-write`))).failure).toBeUndefined();
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
    const report = await run(as("localhost", `port=${standby.port}`));
    expect(report.failure).toMatchObject({ cause: "PermissionDenied" });
    expect(report.failure?.message).toContain("is a standby, which takes no writes");
  });
  it.each(["read-write", "primary"])("is passed over for target_session_attrs=%s", async (attrs) => {
    const query = `port=${standby.port},${server.port} target_session_attrs=${attrs}`;
    expect((await run(as("localhost,localhost", query))).failure).toBeUndefined();
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
    const report = await run(as("localhost", `port=${standby.port} target_session_attrs=primary`));
    expect(report.failure).toMatchObject({ cause: "TargetNotFound" });
    expect(report.failure?.message).toContain("target_session_attrs=primary");
  });
});

describe("several hosts", () => {
  const list = (...targets: ReadonlyArray<{ host: string; port: number }>): string =>
    dsnUrl({ host: targets.map(({ host, port }) => `${host}:${port}`).join(","), port: 1 }).replace(
      ":1/app",
      "/app",
    );

  it("are tried in order until one works", async () => {
    const report = await run(postgresCase(list(await refusedPort(), server)));
    expect(report.failure).toBeUndefined();
    expect(phase(report, "Connect")).toBe("Passed");
  });
  it("that are silent leave time for the next one", async () => {
    const silent = await started(blackHole());
    const report = await run(postgresCase(list(silent, server)), { timeoutMs: 4000 });
    expect(report.failure).toBeUndefined();
    expect(silent.open()).toBe(0);
  });
  it("are given as long as connect_timeout says", async () => {
    const silent = await started(blackHole());
    const startedAt = Date.now();
    const report = await run(postgresCase(`${list(silent, server)}?connect_timeout=2`), {
      timeoutMs: 20_000,
    });
    expect(report.failure).toBeUndefined();
    expect(Date.now() - startedAt).toBeGreaterThan(1900);
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });
  it("are not tried after a refused password", async () => {
    const silent = await started(blackHole());
    const dsn = list(server, silent).replace(encodeURIComponent(PASSWORD), "wrong");
    expect((await run(postgresCase(dsn))).failure?.cause).toBe("AuthenticationFailed");
    expect(silent.seen()).toBe(0);
  });
  it("are all named when none works", async () => {
    const [one, two] = [await refusedPort(), await refusedPort()];
    const report = await run(postgresCase(list(one, two)));
    expect(report.failure?.cause).toBe("ConnectionRefused");
    expect(report.failure?.message).toContain("None of the 2 hosts can be used.");
    for (const { port } of [one, two]) expect(report.failure?.message).toContain(`127.0.0.1:${port}`);
  });
});

describe("authorize", () => {
  // Which rights and tables suffice is the matter of test/truth/postgres.test.ts.
  it("is skipped when the user may not look into the catalog", async () => {
    await server.sql("CREATE DATABASE strict");
    await server.sql("REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC", "strict");
    const report = await run(at({ database: "strict" }));
    expect(report.failure).toBeUndefined();
    expect(phase(report, "Authorize")).toBe("Skipped: not permitted to ask");
    expect(report.unproven).toMatchObject([{ need: "postgres:Privileges", kind: "NotAnswered" }]);
  });

  it("is skipped at a server that has another catalog", async () => {
    await server.sql("CREATE DATABASE foreign_catalog");
    await server.sql(
      `SET allow_system_table_mods = on;
       ALTER FUNCTION pg_catalog.has_column_privilege(oid, int2, text) RENAME TO has_other_privilege`,
      "foreign_catalog",
    );
    const report = await run(at({ database: "foreign_catalog" }));
    expect(report.failure).toBeUndefined();
    expect(phase(report, "Authorize")).toBe("Skipped: the server does not know the question for rights");
  });

  it("changes nothing at the server", async () => {
    const count = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS n FROM pg_stat_user_tables";
    const tables = "SELECT count(*)::int AS n FROM pg_class";
    const before = [await server.sql(count, "app"), await server.sql(tables, "app")];
    await run(at());
    await run(at({}, { table: "nope" }));
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
    expect(statements).toMatch(/SET LOCAL transaction_read_only = on;[\s\S]*has_column_privilege/);
    expect(statements).not.toMatch(/BEGIN/);
  });
});

describe("a server that has no room or no time", () => {
  it("is TooManyConnections at the role's limit", async () => {
    await server.sql(`CREATE ROLE limited LOGIN PASSWORD '${PASSWORD}' CONNECTION LIMIT 0`);
    await expectFailure(
      at({ user: "limited" }),
      "TooManyConnections",
      /has no connection left for user limited/,
    );
  });
  it("is PermissionDenied for a database that takes no connections", async () => {
    await server.sql("CREATE DATABASE sealed WITH ALLOW_CONNECTIONS false");
    await expectFailure(at({ database: "sealed" }), "PermissionDenied", /ALLOW_CONNECTIONS/);
  });
  it("is PermissionDenied without CONNECT", async () => {
    await server.sql("CREATE DATABASE private; ");
    await server.sql("REVOKE CONNECT ON DATABASE private FROM PUBLIC");
    await expectFailure(at({ database: "private" }), "PermissionDenied", /Grant it CONNECT/);
  });
  it("is AuthenticationFailed when pg_hba.conf does not admit us", async () => {
    await server.sql("CREATE DATABASE shut");
    await expectFailure(at({ database: "shut" }), "AuthenticationFailed", /pg_hba\.conf/);
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
      expect(phase(report, "Authorize")).toBe("Failed");
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
    expect(phase(report, "Connect")).toBe("Failed");
  });

  it("are not needed for a slow server that answers in time", async () => {
    const slow = await started(proxy(server, { latencyMs: 40 }));
    const report = await run(at({ host: slow.host, port: slow.port }));
    expect(report.failure).toBeUndefined();
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
