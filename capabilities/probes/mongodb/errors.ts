import { failed } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import { quoted } from "../messages";
import { netFailure, type Where } from "../net/errors";
import type { MongodbPlan } from "./plan";
import { ScramRefused } from "./sasl-guard";
import { ServerRefusal } from "./server-refusal";
import { isPlaceholder } from "./uri/suspects";

/** Location and identity, for messages. */
export interface MongodbWhere extends Where {
  readonly plan: Pick<MongodbPlan, "uri" | "source" | "target">;
  /** The kind of request: some codes have another meaning during authentication. */
  readonly during: "hello" | "authentication" | "question";
}

interface Words {
  /** `MongoDB at db.shop:27017` */
  readonly server: string;
  readonly user: string;
  /** `the key uri of Secret mongo-uri` */
  readonly source: string;
  readonly mechanism: string;
  readonly code: number;
}

type Row = ErrorRow<Words>;
type Say = Row["say"];

const REFUSED: Say = ({ server, user, source }) =>
  `${server} refused the login of user ${user}: wrong password, no such user in its authSource, or none of its ` +
  `mechanisms fits. Check ${source}.`;
/** For text left over from a template. A password may look like one, so it is suspected only after a refusal. */
const PLACEHOLDER: Say = ({ server, user, source }) =>
  `${server} refused the login of user ${user}. User name or password in ${source} is a placeholder such as <password>: ` +
  "write the value instead, without the brackets.";
const NO_MECHANISM: Say = ({ server, user, mechanism, source }) =>
  `${server} does not offer the mechanism ${mechanism} for user ${user}. Check authMechanism in ${source}.`;
const MAY_NOT_ASK: Say = ({ server, user }) =>
  `${server} does not let user ${user} query it. Grant it readWrite on the sink's database.`;
const CHANGING: Say = ({ server }) =>
  `${server} is shutting down, starting or changing its role. Run the test again when it is ready.`;
const NO_SHARD: Say = ({ server }) =>
  `${server} cannot reach a member of the cluster behind it. Check the cluster's shards and config servers.`;
const TOO_SLOW: Say = ({ server }) => `${server} aborted the operator's query (out of time). Check its load.`;
const TOO_MANY: Say = ({ server }) =>
  `${server} rejects requests because there are too many. Raise its limit, or run the test later.`;
const NOT_UNDERSTOOD: Say = ({ server, code }) =>
  `${server} did not understand the operator's query (error code ${code}). Check whether a proxy is in between.`;

/** Codes with one meaning. Source: MongoDB's `error_codes.yml`; 8000 is Atlas, 16500 Cosmos DB. */
export const SERVER_CODES: Readonly<Record<number, Row>> = {
  6: row("Unreachable", NO_SHARD),
  7: row("Unreachable", NO_SHARD),
  11: row("AuthenticationFailed", REFUSED),
  13: row("PermissionDenied", MAY_NOT_ASK),
  17: row("ProtocolError", NOT_UNDERSTOOD),
  18: row("AuthenticationFailed", REFUSED),
  50: row("TimedOut", TOO_SLOW),
  59: row("ProtocolError", NOT_UNDERSTOOD),
  73: row(
    "InvalidConfiguration",
    ({ server }) =>
      `${server} does not accept the name. Check spec.mongodb.database and spec.mongodb.collection.`,
  ),
  89: row("Unreachable", NO_SHARD),
  91: row("Unreachable", CHANGING),
  133: row("Unreachable", NO_SHARD),
  189: row("Unreachable", CHANGING),
  211: row("Unreachable", CHANGING),
  262: row("TimedOut", TOO_SLOW),
  334: row("UnsupportedAuthMechanism", NO_MECHANISM),
  462: row("TooManyConnections", TOO_MANY),
  8000: row("PermissionDenied", MAY_NOT_ASK),
  10107: row("Unreachable", CHANGING),
  11600: row("Unreachable", CHANGING),
  11602: row("Unreachable", CHANGING),
  13435: row("Unreachable", CHANGING),
  13436: row("Unreachable", CHANGING),
  16500: row("TooManyConnections", TOO_MANY),
};

/** Codes with another meaning during authentication. */
export const AUTHENTICATION_CODES: Readonly<Record<number, Row>> = {
  2: row("UnsupportedAuthMechanism", NO_MECHANISM),
  13: row(
    "AuthenticationFailed",
    ({ server, user, source }) =>
      `${server} does not admit user ${user} from the operator's address (authentication restrictions). ` +
      `Check the user's clientSource, and ${source}.`,
  ),
  59: row("UnsupportedAuthMechanism", NO_MECHANISM),
  8000: row("AuthenticationFailed", REFUSED),
};

const UNKNOWN_CODE: Row = row(
  "ProtocolError",
  ({ server, code }) => `${server} answered with error code ${code}. See its log.`,
);

/** The failure for a caught error. Never throws: an error in no table is a `ProtocolError`, not the operator's fault. */
export function mongodbFailure(error: unknown, where: MongodbWhere): Error {
  if (error instanceof ServerRefusal) {
    const { cause, say } = rowFor(error.code, where.during);
    const words = wordsOf(where, error.code);
    return failed(cause, (say === REFUSED && hasPlaceholder(where) ? PLACEHOLDER : say)(words), error);
  }
  const words = wordsOf(where, 0);
  if (error instanceof ScramRefused || isUnproven(error)) return unproven(words, error);
  const network = netFailure(error, where);
  if (network) return network;
  if (where.during === "authentication" && hasUnpreparable(error)) return unpreparable(words, error);
  return failed(
    "ProtocolError",
    `${words.server} violated MongoDB's protocol. Check host and port, and whether a proxy is in between.`,
    error,
  );
}

/** `MongoDB at db.shop:27017` */
export function serverAt({ endpoint }: Pick<Where, "endpoint">): string {
  return `MongoDB at ${endpoint}`;
}

/** `the key uri of Secret mongo-uri` */
export function sourceOf({ source }: Pick<MongodbPlan, "source">): string {
  return `the key ${source.key} of Secret ${quoted(source.secret)}`;
}

export function userOf({ uri }: Pick<MongodbPlan, "uri">): string {
  return quoted(uri.login?.user || "of the client certificate");
}

function rowFor(code: number, during: MongodbWhere["during"]): Row {
  const special = during === "authentication" ? AUTHENTICATION_CODES[code] : undefined;
  return special ?? SERVER_CODES[code] ?? UNKNOWN_CODE;
}

function hasPlaceholder({ plan: { uri } }: MongodbWhere): boolean {
  return [uri.login?.user, uri.login?.password].some((text) => text !== undefined && isPlaceholder(text));
}

function wordsOf(where: MongodbWhere, code: number): Words {
  const { plan } = where;
  return {
    server: serverAt(where),
    user: userOf(plan),
    source: sourceOf(plan),
    mechanism: plan.uri.login?.mechanism ?? "DEFAULT",
    code,
  };
}

/** Whether the server could not prove knowledge of the password; the driver has only a message for it. */
function isUnproven(error: unknown): boolean {
  return error instanceof Error && error.message === "Server returned an invalid signature";
}

function unproven({ server, user, source }: Words, error: unknown): Error {
  return failed(
    "AuthenticationFailed",
    `${server} could not prove knowledge of user ${user} (SCRAM). ` +
      `Check ${source}, and whether another server answers there.`,
    error,
  );
}

/** SASLprep's errors have no class of their own and begin with the fault (RFC 4013). */
function hasUnpreparable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /^(Prohibited|Unassigned|String must not|Bidirectional)/.test(error.message);
}

function unpreparable({ source }: Words, error: unknown): Error {
  return failed(
    "SecretValueInvalid",
    `The password in ${source} has characters that SCRAM-SHA-256 does not allow (SASLprep, RFC 4013): ` +
      "control characters, unassigned ones, or writing directions mixed. Give the user another password.",
    error,
  );
}
