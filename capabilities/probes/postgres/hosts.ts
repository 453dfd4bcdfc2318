import { failed, FailureError } from "../../domain/failure";
import { noneUsable } from "../first-reachable";
import { hostPort } from "../messages";
import { withTimeout } from "../../lib/abort";
import type { ProbeContext } from "../probe";
import type { TargetSessionAttrs } from "./dsn/dsn";
import type { DsnHost } from "./dsn/hosts";
import { postgresFailure, sqlState } from "./errors";
import type { PostgresPlan } from "./plan";
import { openSession } from "./attempts";
import type { Session } from "./session";

interface ServerState {
  readonly standby: boolean;
  readonly readOnly: boolean;
}

const ANY = (): boolean => true;

/** The states that `target_session_attrs` accepts, in rounds over all hosts. */
const WANTED: Readonly<Record<TargetSessionAttrs, ReadonlyArray<(state: ServerState) => boolean>>> = {
  any: [ANY],
  "read-write": [({ standby, readOnly }) => !standby && !readOnly],
  "read-only": [({ standby, readOnly }) => standby || readOnly],
  primary: [({ standby }) => !standby],
  standby: [({ standby }) => standby],
  "prefer-standby": [({ standby }) => standby, ANY],
};

/**
 * Opens a session at the first usable host that meets `target_session_attrs`. As in pgx a refused
 * password, a missing database and a missing right to connect end the search. Without `connect_timeout` each of several
 * hosts gets a share of the attempt's time, so that a dead one does not use it up.
 */
export async function sessionAtFirstHost(plan: PostgresPlan, context: ProbeContext): Promise<Session> {
  const failures: FailureError[] = [];
  for (const wanted of WANTED[plan.dsn.targetSessionAttrs]) {
    failures.length = 0;
    for (const host of plan.dsn.hosts) {
      const found = await tryHost(host, plan, context).catch((error: unknown) => {
        failures.push(passOver(error, context.signal));
        return undefined;
      });
      if (found && (await isWanted(found, wanted))) return found;
      if (found) failures.push(await unwanted(found, plan));
    }
  }
  throw noneUsable(failures, "hosts", "The connection string names no host.");
}

function tryHost(host: DsnHost, plan: PostgresPlan, context: ProbeContext): Promise<Session> {
  const { hosts, connectTimeoutMs } = plan.dsn;
  const isLast = host === hosts.at(-1);
  const share = Math.floor(context.timeoutMs / hosts.length);
  const limit = connectTimeoutMs ?? (isLast ? undefined : share);
  if (limit === undefined) return openSession(plan, host, context, context.signal);
  return withTimeout(
    context.signal,
    limit,
    () => hostTimedOut(host, limit),
    (signal) => openSession(plan, host, context, signal),
  );
}

/** Refused password, missing database, no right to connect. Source: `connectPreferred` of pgx. */
const FINAL_STATES: readonly (string | undefined)[] = ["28P01", "3D000", "42501"];

/** Rethrows an error that ends the search: an abort, or a refusal that applies to all hosts. */
function passOver(error: unknown, signal: AbortSignal): FailureError {
  signal.throwIfAborted();
  if (!(error instanceof FailureError)) throw error;
  const state = sqlState(error);
  // A pooler refuses passwords with another code; the password is not sent to further hosts.
  const isRefusedLogin = error.failure.cause === "AuthenticationFailed" && state !== NOT_ADMITTED;
  if (FINAL_STATES.includes(state) || isRefusedLogin) throw error;
  return error;
}

const NOT_ADMITTED = "28000";

async function isWanted(session: Session, wanted: (state: ServerState) => boolean): Promise<boolean> {
  if (wanted === ANY) return true;
  try {
    const [row] = await session.query(
      "SELECT pg_catalog.pg_is_in_recovery() AS standby, " +
        "pg_catalog.current_setting('transaction_read_only') AS read_only",
    );
    return wanted({ standby: row?.standby === true, readOnly: row?.read_only === "on" });
  } catch (error) {
    await session.close();
    throw postgresFailure(error, session.where);
  }
}

async function unwanted(session: Session, plan: PostgresPlan): Promise<FailureError> {
  await session.close();
  return failed(
    "TargetNotFound",
    `PostgreSQL at ${session.where.endpoint} is not what target_session_attrs=${plan.dsn.targetSessionAttrs} asks for.`,
  );
}

function hostTimedOut(host: DsnHost, ms: number): FailureError {
  return failed(
    "TimedOut",
    `PostgreSQL at ${hostPort(host)}: login timed out after ${ms / 1000} s. ` +
      "Check the address, NetworkPolicies, firewalls and the server's load.",
  );
}
