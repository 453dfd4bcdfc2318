import { inventoryTable } from "../backends/postgres-table";
import { createAuthority } from "../pki";
import { startPostgres, type PostgresServer } from "../servers/postgres/server";
import type { Sample } from "./sample";

/** Starts a PostgreSQL with TLS that has the user, password, database and table which the sample's files name. */
export async function startSampleDatabase(sample: Sample): Promise<PostgresServer> {
  const { issue } = createAuthority();
  const postgres = await startPostgres({ tls: issue({ names: ["localhost", "127.0.0.1"] }) });
  try {
    await prepare(postgres, sample);
    return postgres;
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Creates what the sample's DSN and sink name. */
export async function prepare(postgres: PostgresServer, sample: Sample): Promise<void> {
  const { user, password, database, table } = sample;
  await postgres.sql(`CREATE ROLE "${user}" LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
  await postgres.sql(`CREATE DATABASE "${database}" OWNER "${user}"`);
  await postgres.sql(inventoryTable(`"${table}"`), database);
  await postgres.sql(`ALTER TABLE "${table}" OWNER TO "${user}"`, database);
}

/** Where the server is, as a DSN names it. */
export function addressOf({ host, port }: PostgresServer): string {
  return `${host}:${port}`;
}

/** A command line that applies the sample's Secret and sink with the server's address, and another password if given. */
export function applySample(sample: Sample, postgres: PostgresServer, password?: string): string {
  const address = `s/${sample.address.replaceAll(".", "\\.")}/${addressOf(postgres)}/`;
  const script = password === undefined ? address : `${address}; s/:${sample.password}@/:${password}@/`;
  return `sed '${script}' ${sample.sinkFile} | kubectl apply -f -`;
}
