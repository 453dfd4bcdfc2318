import { failed } from "../../../domain/failure";
import type { AuthMethod } from "../dsn/dsn";
import { noBinding } from "./channel-binding";
import { notPostgres } from "../stream";
import type { PostgresWhere } from "../errors";

/** Request codes of the Authentication message (PostgreSQL manual, "Message Formats"). */
const OK = 0;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;
const REQUESTS: Readonly<Record<number, AuthMethod>> = {
  3: "password",
  5: "md5",
  7: "gss",
  9: "sspi",
  [SASL]: "scram-sha-256",
};
/** What may follow a request, once: pg would answer each repetition, and derive a key for each that needs one. */
const FOLLOWS: Readonly<Record<number, readonly number[]>> = {
  3: [OK],
  5: [OK],
  [SASL]: [SASL_CONTINUE, OK],
  [SASL_CONTINUE]: [SASL_FINAL, OK],
  [SASL_FINAL]: [OK],
  [OK]: [],
};
/** Second and later messages of an exchange that was checked when it began. */
const CONTINUATIONS: readonly number[] = [SASL_CONTINUE, SASL_FINAL];
const CAN_DO: readonly AuthMethod[] = ["password", "md5", "scram-sha-256"];

const AUTHENTICATION_MESSAGE = 0x52;

/** Notes about a login. */
export interface LoginNotes {
  /** The method that the server requested; `none` also for a login with only a client certificate. */
  asked: AuthMethod;
}

/**
 * Checks a server's requests before `pg` answers them: methods that probes do not support, methods that
 * `require_auth` or `channel_binding` exclude, a server that ends SCRAM without proving its identity, and requests that
 * are repeated or out of order.
 * The guard throws `FailureError` for the message that must not be answered.
 * @param isBindable whether channel binding is defined for the server's certificate
 */
export function authenticationGuard(
  where: PostgresWhere,
  isBindable = true,
): {
  readonly guard: (message: Buffer) => void;
  readonly notes: LoginNotes;
} {
  const notes: LoginNotes = { asked: "none" };
  let bound = false;
  let proven = false;
  let last: number | undefined;
  const guard = (message: Buffer): void => {
    if (message[0] !== AUTHENTICATION_MESSAGE) return;
    const code = message.readInt32BE(5);
    if (!mayFollow(code, last)) throw notPostgres(where.endpoint);
    last = code;
    if (code === SASL_FINAL) proven = true;
    if (CONTINUATIONS.includes(code)) return;
    if (code === OK) {
      checkOk({ asked: notes.asked, proven, bound }, where);
      return;
    }
    const mechanisms = mechanismsIn(message, code);
    notes.asked = methodOf(code, mechanisms);
    bound = where.secured && mechanisms.includes("SCRAM-SHA-256-PLUS");
    if (bound && !isBindable && where.plan.dsn.channelBinding !== "disable") throw noBinding(where);
    checkRequest(notes.asked, bound, where);
  };
  return { guard, notes };
}

/** Whether a request may come after the last one, or as the first. */
function mayFollow(code: number, last: number | undefined): boolean {
  return last === undefined ? !CONTINUATIONS.includes(code) : FOLLOWS[last]?.includes(code) === true;
}

function mechanismsIn(message: Buffer, code: number): readonly string[] {
  return code === SASL ? message.toString("latin1", 9).split("\0") : [];
}

function methodOf(code: number, mechanisms: readonly string[]): AuthMethod {
  if (code === SASL && !mechanisms.some((mechanism) => mechanism.startsWith("SCRAM-SHA-256"))) return "oauth";
  return REQUESTS[code] ?? "gss";
}

function checkRequest(asked: AuthMethod, bound: boolean, where: PostgresWhere): void {
  const { dsn, source } = where.plan;
  const server = `PostgreSQL at ${where.endpoint}`;
  if (!CAN_DO.includes(asked)) {
    throw failed(
      "UnsupportedAuthMechanism",
      `${server} asks for an authentication method that probes do not know (${asked}). ` +
        "They know scram-sha-256, md5, password and client certificates: change pg_hba.conf for this user.",
    );
  }
  checkAllowed(asked, where);
  if (dsn.channelBinding === "require" && !bound) throw unbound(server, source);
  if (dsn.password === undefined) {
    throw failed(
      "AuthenticationFailed",
      `${server} asks for a password, and the key ${source.key} of Secret ${source.secret} holds none. Add it.`,
    );
  }
}

function checkOk(
  state: { readonly asked: AuthMethod; readonly proven: boolean; readonly bound: boolean },
  where: PostgresWhere,
): void {
  const { dsn, source } = where.plan;
  if (state.asked === "scram-sha-256" && !state.proven) throw notPostgres(where.endpoint);
  if (state.asked === "none") checkAllowed("none", where);
  if (dsn.channelBinding === "require" && !state.bound)
    throw unbound(`PostgreSQL at ${where.endpoint}`, source);
}

function checkAllowed(asked: AuthMethod, { endpoint, plan }: PostgresWhere): void {
  const { requireAuth } = plan.dsn;
  if (!requireAuth || requireAuth.includes(asked)) return;
  throw failed(
    "UnsupportedAuthMechanism",
    `PostgreSQL at ${endpoint} asks for the authentication method ${asked}, which require_auth in the key ` +
      `${plan.source.key} of Secret ${plan.source.secret} excludes.`,
  );
}

function unbound(server: string, source: PostgresWhere["plan"]["source"]): Error {
  return failed(
    "UnsupportedAuthMechanism",
    `${server} does not offer SCRAM with channel binding over TLS, which channel_binding=require in the key ` +
      `${source.key} of Secret ${source.secret} asks for.`,
  );
}
