import { failed, FailureError } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import { codeOf, netFailure } from "../net/errors";
import { loginHint } from "./login/login-hint";
import { CONSOLE_ROW, poolerRow } from "./pooler-errors";
import { MAX_SCRAM_ITERATIONS } from "./login/scram";
import { wordsOf, type PostgresWhere, type Words } from "./words";

export type { PostgresWhere };

type Row = ErrorRow<Words>;
type Say = Row["say"];

const NOT_ADMITTED: Say = ({ server, user, database, encryption }) =>
  `${server} does not admit user ${user} to database ${database} ${encryption} from the operator's address. ` +
  "Add a line to pg_hba.conf, or change sslmode if it asks for TLS.";
const WANTS_SERVER_NAME: Say = ({ server, source }) =>
  `${server} wants the user name with the name of the server, as Azure's single servers do. Write user@server in ` +
  `${source}, in a URL as user%40server.`;
const NO_ROLE: Say = ({ server, user, source }) =>
  `${server} knows no user ${user} that may log in. Create the role with LOGIN, or check ${source}.`;
const RESTARTING: Say = ({ server }) =>
  `${server} is starting up, shutting down or recovering. Run the test again when it is ready.`;
const OUT_OF_RESOURCES: Say = ({ server, state }) =>
  `${server} is out of resources (${state}). See its log for memory and disk space.`;
const NOT_UNDERSTOOD: Say = ({ server, state }) =>
  `${server} did not understand the operator's request (${state}). Check whether a proxy is in between.`;
const BAD_PARAMETER: Say = ({ server, source, state, refused }) =>
  `${server} refused ${refused.shown} in ${source} (${state}), so the exporter cannot connect either: ${refused.advice}.`;

/**
 * SQLSTATEs that a probe can get, by full code or by class (two characters). Source: PostgreSQL manual,
 * appendix A, and the server's sources for codes sent before a session starts.
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
  ({ server, state }) => `${server} answered with ${state}. See its log.`,
);

/** PgBouncer's text for a parameter that it does not pass on. */
const UNSUPPORTED_PARAMETER = /^unsupported (?:options )?startup parameter/;

/** The server's routines that report a missing role; the texts depend on the server's language. */
const ROLE_ROUTINES = ["InitializeSessionUserId", "InitializeSessionUserIdStandalone"];

/** The failure for a caught error. Never throws: an error in no table is a `ProtocolError`, not the operator's fault. */
export function postgresFailure(error: unknown, where: PostgresWhere): Error {
  const state = sqlState(error);
  if (!state) return netFailure(error, where) ?? notUnderstood(error, where);
  const { cause, say } = rowFor(state, error);
  const message = say(wordsOf(where, state, textOf(error)));
  const hint = cause === "AuthenticationFailed" && say !== NOT_ADMITTED ? loginHint(where.plan) : "";
  return failed(cause, `${message}${hint}`, error);
}

/** The failure of a session at a pooler's console instead of at a database. */
export function consoleFailure(where: PostgresWhere): Error {
  return failed(CONSOLE_ROW.cause, CONSOLE_ROW.say(wordsOf(where, "")));
}

/** Whether a pooler refused a connection without TLS. */
export function isRefusedForPlainText(error: unknown): boolean {
  return poolerRow(sqlState(error) ?? "", textOf(originalOf(error)))?.cause === "TLSFailed";
}

/** The SQLSTATE of an error or of its original error. */
export function sqlState(error: unknown): string | undefined {
  const original = originalOf(error);
  const code = codeOf(original);
  // Node's codes have other lengths, but EPIPE looks like one: only a server's message has a severity.
  const isFromServer = typeof original === "object" && original !== null && "severity" in original;
  return isFromServer && code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function originalOf(error: unknown): unknown {
  return error instanceof FailureError ? error.cause : error;
}

/** The server's own text, which is compared and never shown. */
function textOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 1000) : "";
}

function rowFor(state: string, error: unknown): Row {
  if (UNSUPPORTED_PARAMETER.test(textOf(error))) return row("InvalidConfiguration", BAD_PARAMETER);
  const pooled = poolerRow(state, textOf(error));
  if (pooled && !Object.hasOwn(SQLSTATES, state)) return pooled;
  if (state === "28000" && ROLE_ROUTINES.includes(routineOf(error)))
    return row("AuthenticationFailed", NO_ROLE);
  if (state === "28000" && /username@hostname/i.test(textOf(error)))
    return row("AuthenticationFailed", WANTS_SERVER_NAME);
  return SQLSTATES[state] ?? SQLSTATES[state.slice(0, 2)] ?? UNKNOWN_STATE;
}

function routineOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("routine" in error)) return "";
  return typeof error.routine === "string" ? error.routine : "";
}

function notUnderstood(error: unknown, where: PostgresWhere): Error {
  const words = wordsOf(where, "");
  // pg's own errors have neither code nor class; the beginnings of the texts identify these two families.
  const text = error instanceof Error ? error.message : "";
  if (text.includes("exceeds scramMaxIterations")) {
    return failed(
      "UnsupportedAuthMechanism",
      `${words.server} asks for more than ${MAX_SCRAM_ITERATIONS.toLocaleString("en")} rounds of SCRAM, which the ` +
        `operator does not compute. Lower scram_iterations, and set the password of user ${words.user} again.`,
      error,
    );
  }
  if (text.startsWith("SASL")) {
    return failed(
      "AuthenticationFailed",
      `${words.server} and the operator could not finish SCRAM authentication of user ${words.user}. ` +
        `Check ${words.source}, and whether a proxy is in between.`,
      error,
    );
  }
  return failed(
    "ProtocolError",
    `${words.server} broke PostgreSQL's protocol. Check host and port, and whether a proxy is in between.`,
    error,
  );
}
