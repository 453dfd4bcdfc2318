import { failed, type FailureError } from "../../domain/failure";
import { row, type ErrorRow } from "../error-row";
import { quoted, shellWord } from "../messages";
import type { Where } from "../net/errors";
import type { KafkaPlan } from "./plan";

/** Location and identity, for messages. */
export interface KafkaWhere extends Where {
  readonly plan: KafkaPlan;
}

interface Words {
  /** `Kafka at kafka-0:9093` */
  readonly server: string;
  /** `user kollect`, `the token` or `the client` */
  readonly who: string;
  /** `the keys username and password of Secret kafka` */
  readonly source: string;
  /** A further check for a refused login with SCRAM: begins with a comma, or is empty. */
  readonly credential: string;
  readonly topic: string;
  /** `kafka-0:9093` */
  readonly bootstrap: string;
  /** The command with which an administrator allows this client to write to the topic. */
  readonly acl: string;
  readonly code: number;
}

type Row = ErrorRow<Words>;
type Say = Row["say"];

const REFUSED: Say = ({ server, who, source, credential }) =>
  `${server} refused ${who === "the token" ? who : `${who} or its password`}. Check ${source}${credential}.`;
const MAY_NOT_DESCRIBE: Say = ({ server, who, topic, acl }) =>
  `${server} does not show topic ${topic} to ${who}: it does not exist, or ${who} may not write to it. ` +
  `Check spec.kafka.topic, or run: ${acl}`;
const UNSTABLE: Say = ({ server, topic, code }) =>
  `${server} has no broker ready for topic ${topic} (error ${code}). Check that all brokers run, and their logs.`;
const NO_LEADER: Say = ({ server, topic }) =>
  `Topic ${topic} at ${server} has partitions without a leader. Check that the brokers with its replicas run.`;
const NOT_UNDERSTOOD: Say = ({ server, code }) =>
  `${server} did not understand the operator's request (error ${code}). Check whether a proxy is in between.`;

/** The error code of an answer without an error. */
export const OK = 0;

/** Error codes that a probe can meet. Source: the protocol guide of Apache Kafka, "Error Codes". */
export const KAFKA_ERRORS: Readonly<Record<number, Row>> = {
  3: row(
    "TargetNotFound",
    ({ server, topic, bootstrap }) =>
      `${server} has no topic ${topic}, and the exporter does not create it. Check spec.kafka.topic, or run: ` +
      `kafka-topics.sh --bootstrap-server ${bootstrap} --create --topic ${topic}`,
  ),
  5: row("Unreachable", NO_LEADER),
  6: row("Unreachable", NO_LEADER),
  7: row("TimedOut", ({ server }) => `${server} did not finish the request in time. Check its load and log.`),
  8: row("Unreachable", UNSTABLE),
  13: row("Unreachable", UNSTABLE),
  14: row("Unreachable", UNSTABLE),
  17: row(
    "InvalidConfiguration",
    ({ server, topic }) =>
      `${server} does not accept ${topic} as the name of a topic. Check spec.kafka.topic.`,
  ),
  29: row("PermissionDenied", MAY_NOT_DESCRIBE),
  31: row(
    "PermissionDenied",
    ({ server, who }) => `${server} does not let ${who} query the cluster. Check the ACLs of the cluster.`,
  ),
  33: row(
    "UnsupportedAuthMechanism",
    ({ server, source }) =>
      `${server} does not offer this SASL mechanism on this port. Check the key mechanism in ${source}.`,
  ),
  34: row(
    "UnsupportedAuthMechanism",
    ({ server, source }) =>
      `${server} uses no SASL on this port, but ${source} requires it. Use the port of a SASL listener.`,
  ),
  35: row("ProtocolError", NOT_UNDERSTOOD),
  42: row("ProtocolError", NOT_UNDERSTOOD),
  43: row("ProtocolError", NOT_UNDERSTOOD),
  54: row(
    "PermissionDenied",
    ({ server }) => `${server} has its security features turned off. Check authorizer.class.name.`,
  ),
  58: row("AuthenticationFailed", REFUSED),
  72: row(
    "Unreachable",
    ({ server, topic }) =>
      `The leaders of topic ${topic} have no listener like the one at ${server}. Check the brokers' listeners.`,
  ),
  89: row(
    "TooManyConnections",
    ({ server, who }) => `${server} throttles ${who} by its quota. Raise the quota, or run tests less often.`,
  ),
};

const UNKNOWN: Row = row(
  "ProtocolError",
  ({ server, code }) => `${server} answered with error ${code}. See the broker's log.`,
);

/** The failure for an error code in an answer. */
export function kafkaFailure(code: number, where: KafkaWhere): FailureError {
  const { cause, say } = KAFKA_ERRORS[code] ?? UNKNOWN;
  return failed(cause, say({ ...words(where), code }));
}

/** The names in messages. */
export function words({ endpoint, plan }: KafkaWhere): Omit<Words, "code"> {
  const topic = quoted(plan.topic);
  const principal = principalOf(plan);
  const acl =
    `kafka-acls.sh --bootstrap-server ${endpoint} --add --allow-principal ${shellWord(`User:${principal}`)} ` +
    `--operation Write --topic ${topic}`;
  return { server: `Kafka at ${endpoint}`, bootstrap: endpoint, topic, acl, ...identityOf(plan) };
}

function identityOf({ credentials, secret: name }: KafkaPlan): Pick<Words, "who" | "source" | "credential"> {
  const secret = `Secret ${quoted(name ?? "")}`;
  if (!credentials) return { who: "the client", source: "the sink's Secret", credential: "" };
  const { mechanism } = credentials;
  if (mechanism === "OAUTHBEARER") {
    return { who: "the token", source: `the key token of ${secret}`, credential: "" };
  }
  const keys = credentials.sent.map(({ key }) => key).join(" and ");
  const credential = mechanism === "PLAIN" ? "" : `, and that the user has a ${mechanism} credential`;
  return { who: `user ${quoted(credentials.username)}`, source: `the keys ${keys} of ${secret}`, credential };
}

/** Kafka's name for a client without a login is ANONYMOUS; only the broker knows the principal of a token. */
function principalOf({ credentials }: KafkaPlan): string {
  if (!credentials) return "ANONYMOUS";
  return credentials.mechanism === "OAUTHBEARER" ? "NAME" : quoted(credentials.username);
}
