import { row, type ErrorRow } from "../error-row";
import type { Words } from "./words";

/** The meaning of a pooler's fixed text. */
interface PoolerRow {
  readonly text: RegExp;
  readonly row: ErrorRow<Words>;
}

type Say = ErrorRow<Words>["say"];

const REFUSED: Say = ({ server, user, source }) =>
  `The pooler in front of ${server} refused user ${user} or the password. Check ${source}, and the pooler's list of users.`;
const NO_TENANT: Say = ({ server, user, source }) =>
  `The pooler in front of ${server} knows no user ${user}. Supabase's pooler wants user.project, such as postgres.abcdefgh, and the host of the project's region. Check ${source}.`;
const NO_DATABASE: Say = ({ server, database, source }) =>
  `${server} has no database ${database}. Create it, add it to the pooler's configuration, or check the name in ${source}.`;
const NO_ROOM: Say = ({ server, user }) =>
  `The pooler in front of ${server} has no connection left for user ${user}. Raise its limits (max_client_conn, pool_size), or close idle clients.`;
const SERVER_DOWN: Say = ({ server }) =>
  `The pooler in front of ${server} cannot log in to the database server behind it. Check that server, and the pooler's log.`;
const NO_SERVER: Say = ({ server }) =>
  `The pooler in front of ${server} found no connection to the database server behind it: that server is down, or all connections are in use. Check it, and the pooler's pool_size.`;
const TLS_NEEDED: Say = ({ server, source }) =>
  `${server} takes no connection without TLS. Set sslmode=require or verify-full in ${source}.`;
const STATEMENT_POOLING: Say = ({ server }) =>
  `The pooler at ${server} pools single statements (pool_mode=statement) and refuses transactions, which every export needs. Set pool_mode to session or transaction.`;
const NO_CONSOLE: Say = ({ server, database, source }) =>
  `Database ${database} of ${server} is the pooler's console, which holds no tables. Name a database in ${source}.`;

/** The codes that poolers use for all of their faults: protocol violation and internal error. */
const STATES: readonly string[] = ["08P01", "XX000", "58000"];

/**
 * The texts of PgBouncer (1.18 to 1.25) and Supavisor, which have no specific code. They are compared and never
 * shown. Sources: PgBouncer's `disconnect_client` calls, and observed errors of 1.18; Supavisor's client handler.
 */
export const POOLER_ERRORS: readonly PoolerRow[] = [
  entry(
    /transaction blocks not allowed in statement pooling mode/,
    "InvalidConfiguration",
    STATEMENT_POOLING,
  ),
  entry(/^SSL (?:connection is )?required$/, "TLSFailed", TLS_NEEDED),
  entry(/database "[^"]*" does not exist|^no such database/, "TargetNotFound", NO_DATABASE),
  entry(/database (?:"[^"]*" )?is disabled/, "Unreachable", SERVER_DOWN),
  entry(
    /max_client_conn|client connections exceeded|max[ _]?clients|^Max client connections/i,
    "TooManyConnections",
    NO_ROOM,
  ),
  entry(/too many clients|remaining connection slots|too many connections/, "TooManyConnections", NO_ROOM),
  entry(/^query_wait_timeout|check out process from the pool due to timeout/, "Unreachable", NO_SERVER),
  entry(
    /^(?:(?:SASL|password|"trust"|certificate|PAM|LDAP) authentication failed|no such user|empty password returned|auth failed|login rejected|no authentication method)/,
    "AuthenticationFailed",
    REFUSED,
  ),
  entry(/^Tenant or user not found/, "AuthenticationFailed", NO_TENANT),
  entry(/password authentication failed|role "[^"]*" does not exist/, "AuthenticationFailed", REFUSED),
  entry(
    /server_login_retry|cannot connect to server|server down|server conn crashed|client_login_timeout/,
    "Unreachable",
    SERVER_DOWN,
  ),
  entry(
    /shutting down|suspend_timeout|pause failed|DbHandler exited|connection to database not available/,
    "Unreachable",
    SERVER_DOWN,
  ),
  entry(
    /^not allowed$|use 'SHOW HELP'|^unsupported (?:pkt type|admin)|invalid command/,
    "TargetNotFound",
    NO_CONSOLE,
  ),
];

/** The row for a pooler's error; undefined for an error that is not a pooler's. */
export function poolerRow(state: string, text: string): ErrorRow<Words> | undefined {
  if (!STATES.includes(state)) return undefined;
  return POOLER_ERRORS.find((each) => each.text.test(text))?.row;
}

/** The row for a session at a pooler's console. */
export const CONSOLE_ROW: ErrorRow<Words> = row("TargetNotFound", NO_CONSOLE);

function entry(text: RegExp, cause: ErrorRow<Words>["cause"], say: Say): PoolerRow {
  return { text, row: row(cause, say) };
}
