import { Client } from "pg";
import { postgresProbe } from "../../capabilities/probes/postgres/probe";
import { postgresCase } from "../backends/postgres";
import { runCase } from "../backends/run-case";
import { dsnOf } from "../drafts";
import type { PostgresServer } from "../servers/postgres/server";

/** What `Client.query` takes. */
type Statement = Parameters<Client["query"]>[0];

/**
 * Returns a function that opens a session of `pg`, sends the statements of one probe, and closes it, as the least that
 * any operator would do for a test. The statements are those that the probe sends now.
 */
export async function bareSession({
  host,
  port,
  superuser,
}: Pick<PostgresServer, "host" | "port" | "superuser">): Promise<() => Promise<void>> {
  const statements = await statementsOf(dsnOf({ host, port, ...superuser }));
  return async () => {
    const client = new Client({ host, port, database: "postgres", ...superuser, ssl: false });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
}

/** Runs the probe once and notes what it asks. Throws when it fails. */
async function statementsOf(dsn: string): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  const { prototype } = Client;
  const { query } = prototype;
  const noting = function (this: Client, ...args: [Statement, ...unknown[]]): unknown {
    statements.push(args[0]);
    return Reflect.apply(query, this, args) as unknown;
  };
  Object.assign(prototype, { query: noting });
  try {
    const { failure } = await runCase(postgresProbe, postgresCase(dsn));
    if (failure) throw new Error(`the probe failed: ${failure.message}`);
    return statements;
  } finally {
    Object.assign(prototype, { query });
  }
}
