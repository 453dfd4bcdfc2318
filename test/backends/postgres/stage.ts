import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import { expectClean } from "../../contract/leaks";
import { runCase, type ProbeCase, type RunOptions } from "../../../lab/backends/run-case";
import type { Fault } from "../../../lab/faults";
import { createAuthority, type Authority, type Issued } from "../../../lab/pki";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { inventoryTable } from "../../../lab/backends/postgres-table";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  USER,
  type CaseOverrides,
  type DsnParts,
} from "../../../lab/backends/postgres";

export let authority: Authority;
export let server: PostgresServer;
export let client: Issued;

/** Which encryption and method each role is admitted with; what follows is SCRAM for all users. */
const ADMITTED = [
  "hostssl all only_tls 127.0.0.1/32 scram-sha-256",
  "host all only_tls 127.0.0.1/32 reject",
  "hostnossl all only_plain 127.0.0.1/32 scram-sha-256",
  "host all only_plain 127.0.0.1/32 reject",
  "host all by_md5 127.0.0.1/32 md5",
  "host all by_password 127.0.0.1/32 password",
  "host all by_trust 127.0.0.1/32 trust",
  "hostssl all by_cert 127.0.0.1/32 cert",
  "host all not_a_role 127.0.0.1/32 trust",
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
export async function started(fault: Promise<Fault>): Promise<Fault> {
  const now = await fault;
  faults.push(now);
  return now;
}

export async function run(probeCase: ProbeCase, options?: RunOptions): Promise<ProbeReport> {
  const report = await runCase(postgresProbe, probeCase, options);
  expectClean(report, [PASSWORD]);
  return report;
}

export function at(parts: Partial<DsnParts> = {}, overrides: CaseOverrides = {}): ProbeCase {
  return postgresCase(dsnUrl({ host: "localhost", port: server.port, ...parts }), overrides);
}

export function phase(report: ProbeReport, name: string): string | undefined {
  const found = report.phases.find((each) => each.name === name);
  return found && (found.why ? `${found.result}: ${found.why}` : found.result);
}

export async function expectFailure(probeCase: ProbeCase, cause: Cause, words: RegExp): Promise<ProbeReport> {
  const report = await run(probeCase);
  expect(report.failure).toMatchObject({ cause });
  expect(report.failure?.message).toMatch(words);
  return report;
}

/** A reload is only asked for: sessions have the new setting when the server has got round to it. */
export async function settingIs(server: PostgresServer, name: string, value: string): Promise<void> {
  const shown = async (): Promise<unknown> => (await server.sql(`SHOW ${name}`))[0]?.[name];
  await expect.poll(shown, { timeout: 10_000 }).toBe(value);
}

export function refusalsInLog(): number {
  return server.log().match(/FATAL: {2}password authentication failed/g)?.length ?? 0;
}
