import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  type CaseOverrides,
  type DsnParts,
} from "../../../lab/backends/postgres";
import { runCase } from "../../../lab/backends/run-case";
import { exportToPostgres } from "../../../lab/exporter/postgres";
import { createAuthority } from "../../../lab/pki";
import {
  findPgBouncer,
  keepsPrepared,
  startPgBouncer,
  type PgBouncer,
  type PgBouncerOptions,
} from "../../../lab/servers/pgbouncer";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { expectClean } from "../../contract/leaks";

const program = await findPgBouncer();
const keeps = !("missing" in program) && (await keepsPrepared(program));

let server: PostgresServer;
let pooler: PgBouncer | undefined;

beforeAll(async () => {
  server = await startPostgres();
  await server.sql(
    `CREATE ROLE kollect LOGIN PASSWORD '${PASSWORD}'; CREATE ROLE other LOGIN PASSWORD 'right at the server'`,
  );
  await server.sql("CREATE DATABASE app OWNER kollect");
});
afterAll(() => server?.stop());
afterEach(async () => {
  await pooler?.stop();
  pooler = undefined;
});

type Settings = NonNullable<PgBouncerOptions["settings"]>;

async function start(settings: Settings = {}, more: Partial<PgBouncerOptions> = {}): Promise<PgBouncer> {
  const at = `host=${server.host} port=${server.port}`;
  if ("missing" in program) throw new Error(program.missing);
  pooler = await startPgBouncer(program, {
    databases: { app: at, nodb: at, dead: `host=${server.host} port=1` },
    users: { kollect: PASSWORD, other: "wrong at the server", admin: PASSWORD },
    settings: { server_login_retry: 1, query_wait_timeout: 2, ...settings },
    ...more,
  });
  return pooler;
}

function caseAt({ host, port }: PgBouncer, parts: Partial<DsnParts> = {}, overrides: CaseOverrides = {}) {
  return postgresCase(dsnUrl({ host, port, ...parts }), { provisioning: "ensure", ...overrides });
}

async function report(at: PgBouncer, parts: Partial<DsnParts> = {}): Promise<ProbeReport> {
  const found = await runCase(postgresProbe, caseAt(at, parts));
  expectClean(found, [PASSWORD]);
  return found;
}

async function exported(at: PgBouncer, parts: Partial<DsnParts> = {}): Promise<boolean> {
  const { sink, secrets } = caseAt(at, parts);
  const truthCase = { sink, secrets: { "pg-dsn": secrets["spec.postgres.databaseRef"] ?? {} } };
  return (await exportToPostgres(truthCase, { items: 2, signal: AbortSignal.timeout(30_000) })).works;
}

const EXEC = "default_query_exec_mode=exec";

describe("PgBouncer", () => {
  beforeEach(({ skip }) => {
    if ("missing" in program) skip(program.missing);
  });

  it.each([
    ["session", "", ["postgres:PreparedStatements"]],
    ["transaction", "", keeps ? [] : ["postgres:PreparedStatements"]],
    ["session", EXEC, []],
    ["transaction", EXEC, []],
    ["transaction", "default_query_exec_mode=simple_protocol", []],
  ] as const)("that pools by %s passes with %j", async (mode, query, unproven) => {
    const at = await start({ pool_mode: mode });
    const found = await report(at, { query });
    expect(found.failure).toBeUndefined();
    expect(found.phases.find(({ name }) => name === "TLS")).toMatchObject({
      result: "Skipped",
      why: "the server does not offer TLS",
    });
    expect(found.phases.find(({ name }) => name === "Authorize")?.result).toBe("Passed");
    expect((found.unproven ?? []).map(({ need }) => need)).toEqual(unproven);
    expect(await exported(at, { query })).toBe(true);
  });

  it("that pools by transaction keeps no statement of a probe", async () => {
    const at = await start({ pool_mode: "transaction", default_pool_size: 1 });
    for (let count = 0; count < 3; count += 1) expect((await report(at)).failure).toBeUndefined();
  });

  it.each(["", EXEC])("that pools by statement is refused with %j, and its export fails", async (query) => {
    const at = await start({ pool_mode: "statement" });
    const { failure } = await report(at, { query });
    expect(failure).toMatchObject({ cause: "InvalidConfiguration" });
    expect(failure?.message).toContain("pool_mode=statement");
    expect(await exported(at, { query })).toBe(false);
  });

  const refusals: ReadonlyArray<readonly [string, Settings, Partial<DsnParts>, Cause, RegExp]> = [
    [
      "a wrong password",
      {},
      { password: "wrong" },
      "AuthenticationFailed",
      /refused user kollect or the password/,
    ],
    [
      "a wrong password by MD5",
      { auth_type: "md5" },
      { password: "wrong" },
      "AuthenticationFailed",
      /refused user kollect/,
    ],
    [
      "a wrong password in clear",
      { auth_type: "plain" },
      { password: "wrong" },
      "AuthenticationFailed",
      /refused user/,
    ],
    ["an unknown user", {}, { user: "who" }, "AuthenticationFailed", /refused user who/],
    [
      "a password that the server refuses",
      {},
      { user: "other", password: "wrong at the server" },
      "AuthenticationFailed",
      /refused .*user other/,
    ],
    [
      "a database that it does not know",
      {},
      { database: "unknown" },
      "TargetNotFound",
      /no database unknown/,
    ],
    ["a database that the server lacks", {}, { database: "nodb" }, "TargetNotFound", /no database nodb/],
    ["a server that is down", {}, { database: "dead" }, "Unreachable", /the database server behind it/],
    ["no client left", { max_client_conn: 0 }, {}, "TooManyConnections", /max_client_conn/],
    [
      "a parameter that it does not pass on",
      {},
      { query: "search_path=app" },
      "InvalidConfiguration",
      /the setting search_path/,
    ],
    [
      "a foreign parameter",
      {},
      { query: "pgbouncer=true" },
      "InvalidConfiguration",
      /the parameter pgbouncer .*leave it out/,
    ],
    [
      "its console",
      { admin_users: "admin" },
      { user: "admin", database: "pgbouncer" },
      "TargetNotFound",
      /console/,
    ],
  ];
  it.each(refusals)("reports %s", async (_what, settings, parts, cause, words) => {
    const at = await start(settings);
    const { failure } = await report(at, parts);
    expect(failure).toMatchObject({ cause });
    expect(failure?.message).toMatch(words);
    expect(await exported(at, parts)).toBe(false);
  });

  it("takes parameters that it is told to ignore, as the exporter finds it", async () => {
    const at = await start({ ignore_startup_parameters: "ssl,search_path" });
    expect((await report(at, { query: "ssl=true" })).failure).toBeUndefined();
    expect(await exported(at, { query: "ssl=true" })).toBe(true);
  });

  describe("with TLS required", () => {
    const tls = createAuthority().issue({ names: ["127.0.0.1"] });
    it.each(["allow", "prefer", "require"])("is reached with sslmode=%s", async (mode) => {
      const at = await start({}, { tls });
      expect((await report(at, { query: `sslmode=${mode}` })).failure).toBeUndefined();
    });
    it("is TLSFailed with sslmode=disable", async () => {
      const { failure } = await report(await start({}, { tls }), { query: "sslmode=disable" });
      expect(failure).toMatchObject({ cause: "TLSFailed" });
      expect(failure?.message).toContain("takes no connection without TLS");
    });
  });
});
