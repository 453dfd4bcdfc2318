import { failed, type FailureError } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import { quoted } from "../messages";
import type { Where } from "../net/errors";
import type { NatsCredentials } from "./credentials";
import type { NatsPlan } from "./plan";

/** Location and identity, for messages. */
export interface NatsWhere extends Where {
  readonly plan: NatsPlan;
  /** The login at this server: of the Secret or of the server's address. */
  readonly credentials?: NatsCredentials;
}

interface Words {
  /** `NATS at nats.shop:4222` */
  readonly server: string;
  /** `user kollect`, `the token`, or `the client` */
  readonly who: string;
  /** `the keys username and password of Secret nats`, or what to set when there is none */
  readonly source: string;
  readonly subject: string;
  readonly stream: string;
}

type Row = ErrorRow<Words>;
type Say = Row["say"];

const REFUSED: Say = ({ server, who, source }) => `${server} refused ${who}. Check ${source}.`;
const EXPIRED: Say = ({ server, who, source }) =>
  `${server} reports that ${who} has expired or was revoked. Issue new credentials and put them into ${source}.`;
const FULL: Say = ({ server }) =>
  `${server} has no connection left. Raise max_connections of the server or the account's limit, or close idle ones.`;
const WRONG_PORT: Say = ({ server }) =>
  `${server} is a port for other NATS servers. Use the port for clients, 4222 by default.`;
const NOT_UNDERSTOOD: Say = ({ server }) =>
  `${server} did not understand the operator's request. Check whether a proxy is in between.`;

/**
 * Texts of `-ERR` in lower case, matched at the beginning. Source: errors.go and client.go of
 * nats-server 2.15.
 */
export const SERVER_ERRORS: Readonly<Record<string, Row>> = {
  "authorization violation": row("AuthenticationFailed", REFUSED),
  "user authentication expired": row("AuthenticationFailed", EXPIRED),
  "user authentication revoked": row("AuthenticationFailed", EXPIRED),
  "account authentication expired": row("AuthenticationFailed", EXPIRED),
  "authentication timeout": row(
    "TimedOut",
    ({ server }) => `${server} timed out waiting for the login. Check the network and authorization.timeout.`,
  ),
  "failed account registration": row("AuthenticationFailed", REFUSED),
  "maximum connections exceeded": row("TooManyConnections", FULL),
  "maximum account active connections exceeded": row("TooManyConnections", FULL),
  "connection throttling is active": row("TooManyConnections", FULL),
  "maximum subscriptions exceeded": row(
    "TooManyConnections",
    ({ server, who }) => `${server} allows no more subscriptions for ${who}. Raise max_subscriptions.`,
  ),
  "secure connection - tls required": row(
    "TLSFailed",
    ({ server }) =>
      `${server} requires TLS. Write tls:// in the sink's address, or set the authority in spec.tls.caBundle.`,
  ),
  "attempted to connect to": row("InvalidConfiguration", WRONG_PORT),
  "stale connection": row(
    "TimedOut",
    ({ server }) => `${server} closed the connection as stale. Check the network.`,
  ),
  "maximum control line exceeded": row("ProtocolError", NOT_UNDERSTOOD),
  "invalid client protocol": row("ProtocolError", NOT_UNDERSTOOD),
  "unknown protocol operation": row("ProtocolError", NOT_UNDERSTOOD),
  "parser error": row("ProtocolError", NOT_UNDERSTOOD),
};

const UNKNOWN: Row = row(
  "ProtocolError",
  ({ server }) =>
    `${server} ended the connection with an error that the operator does not recognize. See the server's log.`,
);

const NO_JETSTREAM: Say = ({ server }) =>
  `JetStream is not enabled for this account of ${server}, and the exporter needs it. ` +
  "Enable it for the server and for the account.";
const UNAVAILABLE: Say = ({ server, stream }) =>
  `JetStream at ${server} cannot answer for stream ${stream} now. Check that the servers with its replicas run.`;

/** The answer to an unreadable request, which proves only the right to send it. */
export const INVALID_JSON = 10025;
export const STREAM_NOT_FOUND = 10059;
/** Not a code of JetStream: its requests have no subscriber in this account. */
export const NO_RESPONDERS = 503;

/** Error codes of JetStream's answers. Source: server/errors.json of nats-server 2.15. */
export const JETSTREAM_ERRORS: Readonly<Record<number, Row>> = {
  [NO_RESPONDERS]: row("TargetNotFound", NO_JETSTREAM),
  10008: row("Unreachable", UNAVAILABLE),
  10009: row("Unreachable", UNAVAILABLE),
  10023: row("Unreachable", UNAVAILABLE),
  10035: row("TargetNotFound", NO_JETSTREAM),
  10039: row("TargetNotFound", NO_JETSTREAM),
  10076: row("TargetNotFound", NO_JETSTREAM),
  10118: row("Unreachable", UNAVAILABLE),
  10120: row("TargetNotFound", NO_JETSTREAM),
  10194: row("Unreachable", UNAVAILABLE),
};

const UNKNOWN_ANSWER: Row = row(
  "ProtocolError",
  ({ server }) => `JetStream at ${server} answered with an unknown error. See its log.`,
);

/** The failure for the text of an `-ERR`; the text itself is not shown. */
export function serverFailure(text: string, where: NatsWhere): FailureError {
  const said = text.slice(0, 200).toLowerCase();
  const known = Object.keys(SERVER_ERRORS).find((beginning) => said.startsWith(beginning));
  const { cause, say } = (known === undefined ? undefined : SERVER_ERRORS[known]) ?? UNKNOWN;
  return failed(cause, say(words(where)));
}

/** The failure for an error code of JetStream. */
export function jetStreamFailure(code: number, where: NatsWhere): FailureError {
  const { cause, say } = JETSTREAM_ERRORS[code] ?? UNKNOWN_ANSWER;
  return failed(cause, say(words(where)));
}

/** What a peer that is not a NATS server gets. */
export function notNats({ endpoint }: Where): FailureError {
  return failed(
    "ProtocolError",
    `${endpoint} is not a NATS server. Check the port, and that no proxy answers instead.`,
  );
}

/** The failure for a peer that sends too much data or does not read. */
export function tooMuch({ endpoint }: Where): FailureError {
  return failed(
    "ProtocolError",
    `${endpoint} does not behave as a NATS server: it sends too much data or does not read. Check the port.`,
  );
}

/** The names in messages. */
export function words({ endpoint, plan, credentials }: NatsWhere): Words {
  const { subject, stream } = plan;
  return {
    server: `NATS at ${endpoint}`,
    who: credentials?.who ?? "the client, which sent no credentials",
    source:
      credentials?.source ??
      "that spec.nats.secretRef names a Secret with a token, or with username and password",
    subject: quoted(subject),
    stream: quoted(stream),
  };
}
