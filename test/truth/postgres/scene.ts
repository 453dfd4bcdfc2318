import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { oddCertificate } from "../../../lab/odd-certificates";
import { createAuthority, type Authority, type Issued } from "../../../lab/pki";
import { dsnUrl, postgresCase, type SinkOverrides } from "../../../lab/backends/postgres";
import { startPostgres, type PostgresServer } from "../../../lab/servers/postgres/server";
import type { FactClass, TruthCase, TruthRow } from "../../../lab/truth/row";

export const ROLE = "k";
export const PASSWORD = "a pass/word:of@k%41";
export const DATABASE = "appdb";

/** The servers, by what is special about their certificate. */
export const SERVERS = ["tls", "plain", "edwards", "nameless"] as const;
export type ServerName = (typeof SERVERS)[number];

/** One server with TLS, one without, and two with odd certificates for localhost, for all rows. */
export interface Scene extends Readonly<Record<ServerName, PostgresServer>> {
  /** The certificates of the last two. */
  readonly odd: Readonly<Record<"edwards" | "nameless", Issued>>;
  readonly authority: Authority;
  readonly other: Authority;
  /** A client certificate of the authority, for the role by_cert. */
  readonly client: Issued;
  /** For files that only the exporter can read. */
  readonly folder: string;
  stop(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const [authority, other] = [createAuthority("Truth CA"), createAuthority("Other CA")];
  const hba = [`hostssl all by_cert 127.0.0.1/32 cert`, `host all trusted 127.0.0.1/32 trust`];
  const odd = {
    edwards: oddCertificate({ key: "ed25519", commonName: "localhost", alternativeName: "localhost" }),
    nameless: oddCertificate({ key: "P-256", commonName: "localhost" }),
  };
  const [tls, plain, edwards, nameless] = await Promise.all([
    startPostgres({
      tls: authority.issue({ names: ["127.0.0.1", "localhost"] }),
      clientCa: authority.cert,
      hba,
    }),
    startPostgres(),
    startPostgres({ tls: odd.edwards }),
    startPostgres({ tls: odd.nameless }),
  ]);
  const servers = { tls, plain, edwards, nameless };
  for (const name of SERVERS) await prepare(servers[name]);
  const client = authority.issue({ names: ["by_cert"], client: true });
  const folder = mkdtempSync(join(tmpdir(), "kollect-truth-"));
  const stop = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    await Promise.all(SERVERS.map((name) => servers[name].stop()));
  };
  return { ...servers, odd, authority, other, client, folder, stop };
}

const ROLES = [ROLE, "g", "by_cert", "trusted"];

async function prepare(server: PostgresServer): Promise<void> {
  for (const role of ROLES) await server.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await server.sql(`CREATE DATABASE ${DATABASE}`);
}

/** As after the creation of database and roles: empty schemas public and app, and no right but those of PUBLIC. */
const RESET = `
SET TRANSACTION READ WRITE; SET client_min_messages = warning;
DROP PUBLICATION IF EXISTS truth; DROP EVENT TRIGGER IF EXISTS truth; DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA IF EXISTS k CASCADE; DROP SCHEMA public CASCADE;
CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC; CREATE SCHEMA app;
DROP OWNED BY ${ROLES.join(", ")} CASCADE; REVOKE g FROM ${ROLE};
ALTER ROLE ${ROLE} RESET ALL; ALTER ROLE ${ROLE} LOGIN INHERIT CONNECTION LIMIT -1 VALID UNTIL 'infinity' PASSWORD '${PASSWORD}';
ALTER DATABASE ${DATABASE} RESET ALL; GRANT CONNECT, TEMPORARY ON DATABASE ${DATABASE} TO PUBLIC;`;

/** Pieces of SQL, as the rows put them together. */
export const U = `GRANT USAGE, CREATE ON SCHEMA app TO ${ROLE};`;
export const D = `GRANT SELECT, INSERT, UPDATE, DELETE ON app.inv TO ${ROLE};`;
export const COLUMNS = [
  "inventory_namespace TEXT NOT NULL",
  "inventory_name TEXT NOT NULL",
  "target_name TEXT NOT NULL",
  "source_uid TEXT NOT NULL",
  "cluster TEXT NOT NULL DEFAULT ''",
  "resource_namespace TEXT NOT NULL DEFAULT ''",
  "payload JSONB NOT NULL",
  "exported_at TIMESTAMPTZ NOT NULL",
] as const;
export const KEY = "inventory_namespace, inventory_name, target_name, source_uid";
export const ALL = `${KEY}, cluster, resource_namespace, payload, exported_at`;

/** CREATE TABLE; `change` replaces columns by their first word, an empty text drops one. */
export function table(
  name: string,
  { change = {}, key = `PRIMARY KEY (${KEY})`, more = [], behind = "" }: TableOptions = {},
): string {
  const columns = COLUMNS.map((column) => change[column.split(" ")[0] ?? ""] ?? column);
  const items = [...columns, key, ...more].filter((item) => item !== "");
  return `CREATE TABLE ${name} (${items.join(", ")}) ${behind};`;
}

export interface TableOptions {
  readonly change?: Readonly<Record<string, string>>;
  readonly key?: string;
  readonly more?: readonly string[];
  readonly behind?: string;
}

/** How a row differs from a working set: the table app.inv with all rights, mode existing. */
export interface Change {
  readonly sql?: string;
  readonly sink?: SinkOverrides;
  readonly items?: number;
  /** Behind the question mark of the connection string. */
  readonly query?: string;
  readonly user?: string;
  readonly database?: string;
  readonly host?: string;
  readonly server?: ServerName;
  /** The whole Secret, instead of a connection string to the server. */
  readonly secret?: (url: string, scene: Scene) => Readonly<Record<string, string>>;
  /** The whole case, from the one that the rest makes. */
  readonly change?: (truthCase: TruthCase, scene: Scene) => TruthCase;
}

export const T = table("app.inv");
export const WORKING = `${T} ${U} ${D}`;

export function row(id: string, about: string, fact: FactClass, change: Change = {}): TruthRow<Scene> {
  const { items, sql = WORKING, server = "plain" } = change;
  const setUp = async (scene: Scene): Promise<TruthCase> => {
    await scene[server].sql(`${RESET} ${sql}`, DATABASE);
    return caseOf(scene, change);
  };
  return { id, about, fact, setUp, ...(items === undefined ? {} : { items }) };
}

function caseOf(scene: Scene, change: Change): TruthCase {
  const { user = ROLE, database = DATABASE, host = "127.0.0.1", server = "plain" } = change;
  const parts = { host, port: scene[server].port, user, password: PASSWORD, database };
  const url = dsnUrl(change.query === undefined ? parts : { ...parts, query: change.query });
  const { sink } = postgresCase(url, {
    table: "inv",
    schema: "app",
    provisioning: "existing",
    ...change.sink,
  });
  const truthCase = { sink, secrets: { "pg-dsn": change.secret?.(url, scene) ?? { dsn: url } } };
  return change.change?.(truthCase, scene) ?? truthCase;
}

export const ENSURE = { provisioning: "ensure" } as const;
