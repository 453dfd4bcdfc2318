import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { PostgresServer } from "../servers/postgres/server";

/** What a PostgreSQL server saw. */
export interface PostgresLoad {
  /** The most sessions of others at one moment. */
  readonly peakConnections: number;
  /** Sessions that began and ended in that time. */
  readonly sessions: number;
}

const EVERY_MS = 10;
const OPEN =
  "SELECT count(*)::int AS open FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
const SESSIONS = "SELECT coalesce(sum(sessions), 0)::int AS sessions FROM pg_stat_database";

/** Does the work and watches the server meanwhile, from one session of its own. */
export async function watchPostgres<T>(
  server: PostgresServer,
  work: () => Promise<T>,
): Promise<PostgresLoad & { readonly result: T }> {
  const { host, port, superuser } = server;
  const client = new Client({ host, port, database: "postgres", ...superuser, ssl: false });
  await client.connect();
  const ask = async (query: string, column: string): Promise<number> =>
    Number(((await client.query(query)).rows as Record<string, unknown>[])[0]?.[column]);
  const over = new AbortController();
  let peakConnections = 0;
  const poll = async (): Promise<void> => {
    while (!over.signal.aborted) {
      peakConnections = Math.max(peakConnections, await ask(OPEN, "open"));
      await sleep(EVERY_MS);
    }
  };
  try {
    const before = await ask(SESSIONS, "sessions");
    const [result] = await Promise.all([work().finally(() => over.abort()), poll()]);
    return { result, peakConnections, sessions: (await ask(SESSIONS, "sessions")) - before };
  } finally {
    await client.end();
  }
}
