import { failed, FailureError } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import { quoted } from "../messages";
import { codeOf, netFailure, type Where } from "../net/errors";
import type { PostgresPlan } from "./plan";

/** Where and as whom, for messages. */
export interface PostgresWhere extends Where {
  readonly secured: boolean;
  readonly plan: PostgresPlan;
}

interface Words {
  /** `PostgreSQL at db.shop:5432` */
  readonly server: string;
  readonly user: string;
  readonly database: string;
  /** `the key dsn of Secret pg-dsn` */
  readonly source: string;
  readonly encryption: "with TLS" | "without TLS";
  readonly state: string;
}

type Row = ErrorRow<Words>;
type Say = Row["say"];

const NOT_ADMITTED: Say = ({ server, user, database, encryption }) =>
  `${server} does not admit user ${user} to database ${database} ${encryption} from the operator's address. ` +
  "Add a line to pg_hba.conf, or change sslmode if it asks for TLS.";
const NO_ROLE: Say = ({ server, user, source }) =>
  `${server} knows no user ${user} that may log in. Create the role with LOGIN, or check ${source}.`;
const RESTARTING: Say = ({ server }) =>
  `${server} is starting up, shutting down or recovering. Run the test again when it is ready.`;
const OUT_OF_RESOURCES: Say = ({ server, state }) =>
  `${server} is out of resources (SQLSTATE ${state}). See its log for memory and disk space.`;
const NOT_UNDERSTOOD: Say = ({ server, state }) =>
  `${server} did not understand the operator's request (SQLSTATE ${state}). Check whether a proxy stands between them.`;
const BAD_PARAMETER: Say = ({ server, source, state }) =>
  `${server} refused a setting of the connection string (SQLSTATE ${state}). Check options and application_name in ${source}.`;

/**
 * SQLSTATEs that a probe can meet, by full code or by class (two characters). Source: PostgreSQL manual,
 * appendix A, and the server's sources for who sends them before a session starts.
 */
export const SQLSTATES: Readonly<Record<string, Row>> = {
  "28P01": row(
    "AuthenticationFailed",
    ({ server, user, source }) => `${server} refused the password of user ${user}. Check ${source}.`,
  ),
  "28000": row("AuthenticationFailed", NOT_ADMITTED),
  "3D000": row(
    "TargetNotFound",
    ({ server, database, source }) =>
      `${server} has no database ${database}. Create it, or check the database name in ${source}.`,
  ),
  "3F000": row(
    "TargetNotFound",
    ({ server }) => `${server} does not have the schema. Check spec.postgres.schema.`,
  ),
  "42P01": row(
    "TargetNotFound",
    ({ server }) => `${server} does not have the table. Check spec.postgres.table.`,
  ),
  "42501": row(
    "PermissionDenied",
    ({ server, user, database }) =>
      `${server} does not let user ${user} connect to database ${database}. Grant it CONNECT on the database.`,
  ),
  "25006": row("PermissionDenied", ({ server }) => `${server} is read-only. Name the primary server.`),
  "53300": row(
    "TooManyConnections",
    ({ server, user, database }) =>
      `${server} has no connection left for user ${user} and database ${database}. ` +
      "Raise max_connections or the CONNECTION LIMIT of role or database, or close idle sessions.",
  ),
  "53": row("Unreachable", OUT_OF_RESOURCES),
  "55000": row(
    "PermissionDenied",
    ({ server, database }) =>
      `${server} accepts no connections to database ${database} (ALLOW_CONNECTIONS is off).`,
  ),
  "57P01": row("Unreachable", RESTARTING),
  "57P02": row("Unreachable", RESTARTING),
  "57P03": row("Unreachable", RESTARTING),
  "57014": row(
    "TimedOut",
    ({ server }) =>
      `${server} gave up the operator's query (query_canceled). Check locks and the server's load.`,
  ),
  "08": row("ProtocolError", NOT_UNDERSTOOD),
  "0A": row("ProtocolError", NOT_UNDERSTOOD),
  "22023": row("InvalidConfiguration", BAD_PARAMETER),
  "42704": row("InvalidConfiguration", BAD_PARAMETER),
  "42601": row("InvalidConfiguration", BAD_PARAMETER),
  "55P02": row("InvalidConfiguration", BAD_PARAMETER),
};

const UNKNOWN_STATE: Row = row(
  "ProtocolError",
  ({ server, state }) => `${server} answered with SQLSTATE ${state}. See its log.`,
);

/** The server's routine that says there is no such role; the texts differ by the server's language. */
const ROLE_ROUTINES = ["InitializeSessionUserId", "InitializeSessionUserIdStandalone"];

/** What a caught error stands for. Never fails: what no table knows is a `ProtocolError`, not our fault. */
export function postgresFailure(error: unknown, where: PostgresWhere): Error {
  const state = sqlState(error);
  if (!state) return netFailure(error, where) ?? notUnderstood(error, where);
  const { cause, say } = rowFor(state, error);
  return failed(cause, say(wordsOf(where, state)), error);
}

/** The SQLSTATE that an error, or what it was made of, came with. */
export function sqlState(error: unknown): string | undefined {
  const original = error instanceof FailureError ? error.cause : error;
  const code = codeOf(original);
  // Node's codes are of other lengths, but EPIPE looks like one: only a server's message has a severity.
  const isFromServer = typeof original === "object" && original !== null && "severity" in original;
  return isFromServer && code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function rowFor(state: string, error: unknown): Row {
  if (state === "28000" && ROLE_ROUTINES.includes(routineOf(error)))
    return row("AuthenticationFailed", NO_ROLE);
  return SQLSTATES[state] ?? SQLSTATES[state.slice(0, 2)] ?? UNKNOWN_STATE;
}

function routineOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("routine" in error)) return "";
  return typeof error.routine === "string" ? error.routine : "";
}

function wordsOf({ endpoint, secured, plan }: PostgresWhere, state: string): Words {
  return {
    server: `PostgreSQL at ${endpoint}`,
    user: quoted(plan.dsn.user),
    database: quoted(plan.dsn.database),
    source: `the key ${plan.source.key} of Secret ${plan.source.secret}`,
    encryption: secured ? "with TLS" : "without TLS",
    state,
  };
}

function notUnderstood(error: unknown, where: PostgresWhere): Error {
  const words = wordsOf(where, "");
  // pg's own errors carry neither code nor class; these two families tell by how they start.
  const text = error instanceof Error ? error.message : "";
  if (text.startsWith("SASL")) {
    return failed(
      "AuthenticationFailed",
      `${words.server} and the operator could not finish SCRAM authentication of user ${words.user}. ` +
        `Check ${words.source}, and whether a proxy stands between them.`,
      error,
    );
  }
  return failed(
    "ProtocolError",
    `${words.server} broke PostgreSQL's protocol. Check host and port, and whether a proxy stands between them.`,
    error,
  );
}
