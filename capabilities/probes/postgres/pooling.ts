import { randomBytes } from "node:crypto";
import { failed } from "../../domain/failure";
import type { Recorder } from "../probe";
import type { Catalog } from "./needs/catalog";
import { postgresFailure } from "./errors";
import { sqlName } from "./identifiers";
import type { Session } from "./session";

/** PgBouncer's names of prepared statements that it keeps for its clients (1.21 and later). */
const KEPT = /^PGBOUNCER_/;

/** Whether another process answers than the one that the login named, which means a pooler or proxy in between. */
function isPooled({ server }: Session, { session }: Catalog): boolean {
  return server.process !== undefined && server.process !== session.process;
}

/**
 * Tests a pooler for features that only poolers refuse: a transaction, and statements that stay prepared, which pgx uses
 * unless `default_query_exec_mode` says otherwise. Sends nothing to a server without a pooler.
 * @throws {FailureError} when it pools single statements
 */
export async function checkPooling(session: Session, catalog: Catalog, recorder: Recorder): Promise<void> {
  if (!isPooled(session, catalog)) return;
  const { execMode } = session.where.plan.dsn;
  const name = `kollect_connection_test_${randomBytes(6).toString("hex")}`;
  try {
    await session.query("BEGIN READ ONLY");
    const keeps = NAMED_MODES.includes(execMode) ? await keepsPrepared(session, name) : true;
    await session.query("ROLLBACK");
    if (!keeps) {
      recorder.unproven(
        "postgres:PreparedStatements",
        "NotAnswered",
        "a pooler stands in between; if it pools transactions, add default_query_exec_mode=exec to the connection string",
      );
    }
  } catch (error) {
    throw postgresFailure(error, session.where);
  }
}

/** Modes in which pgx names prepared statements, and uses them in later transactions. */
const NAMED_MODES: readonly string[] = ["cache_statement"];

/** Whether the pooler renames prepared statements, so that it finds them on every connection. */
async function keepsPrepared(session: Session, name: string): Promise<boolean> {
  const rows = await session.prepared(name, "SELECT name FROM pg_catalog.pg_prepared_statements");
  const kept = rows.some((row) => KEPT.test(String(row.name)));
  // Other clients get the connection to the server next, and it would keep the statement.
  if (!kept) await session.query(`DEALLOCATE ${sqlName(name)}`);
  return kept;
}

/** Throws for a session with PostgreSQL before 18, which does not support `min_protocol_version=3.2`. */
export function checkProtocol({ server, where }: Session): void {
  const { dsn, source } = where.plan;
  if (!dsn.newProtocol || server.major === undefined || server.major >= 18) return;
  throw failed(
    "ProtocolError",
    `PostgreSQL at ${where.endpoint} does not know protocol 3.2, which min_protocol_version in the key ${source.key} ` +
      `of Secret ${source.secret} asks for. PostgreSQL 18 knows it: leave the parameter out.`,
  );
}

/** Settings that pgx's simple protocol requires of a session. */
const DEMANDED = { client_encoding: "UTF8", standard_conforming_strings: "on" } as const;

/** Throws `FailureError` for a session in which pgx refuses `default_query_exec_mode=simple_protocol`. */
export function checkSimpleProtocol({ server, where }: Session): void {
  const { dsn, source } = where.plan;
  if (dsn.execMode !== "simple_protocol") return;
  for (const [setting, wanted] of Object.entries(DEMANDED)) {
    if ((server.settings.get(setting) ?? wanted) === wanted) continue;
    throw failed(
      "InvalidConfiguration",
      `PostgreSQL at ${where.endpoint} gives the session another ${setting} than ${wanted}, which ` +
        `default_query_exec_mode=simple_protocol needs. Write ${setting}=${wanted} into the key ${source.key} of Secret ${source.secret}.`,
    );
  }
}
