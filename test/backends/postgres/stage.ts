import { afterAll, beforeAll, expect } from "vitest";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import {
  dsnUrl,
  PASSWORD,
  postgresCase,
  USER,
  type CaseOverrides,
  type DsnParts,
} from "../../../lab/backends/postgres";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import { runsOf } from "../expect-report";

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

export const run = runsOf(postgresProbe, [PASSWORD]);

export interface Stage {
  readonly server: PostgresServer;
  /** Signs the certificates of the server and of its clients. */
  readonly authority: Authority;
  /** A sink of the database that the server has. */
  at(parts?: Partial<DsnParts>, overrides?: CaseOverrides): ProbeCase;
}

/** A server with these roles for the tests of a file. */
export function usePostgres(): Stage {
  const authority = createAuthority();
  let server: PostgresServer;
  beforeAll(async () => {
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
  return {
    authority,
    get server() {
      return server;
    },
    at: (parts, overrides) =>
      postgresCase(dsnUrl({ host: "localhost", port: server.port, ...parts }), overrides),
  };
}

/** A reload is only asked for: sessions have the new setting when the server has got round to it. */
export async function settingIs(server: PostgresServer, name: string, value: string): Promise<void> {
  const shown = async (): Promise<unknown> => (await server.sql(`SHOW ${name}`))[0]?.[name];
  await expect.poll(shown, { timeout: 10_000 }).toBe(value);
}
