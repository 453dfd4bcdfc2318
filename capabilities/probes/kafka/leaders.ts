import type { Cause } from "../../api/vocabulary";
import { failed, FailureError } from "../../domain/failure";
import { hostPort, seconds } from "../messages";
import { withTimeout } from "../../lib/abort";
import { hostClass } from "../net/names/host-class";
import type { ProbeContext } from "../probe";
import { kafkaFailure, words, type KafkaWhere } from "./errors";
import type { Broker, Metadata } from "./metadata";
import type { KafkaPlan } from "./plan";
import { openSession, type Session } from "./session";

/** Maximum number of visited brokers, so that one topic cannot start a scan. */
const MAX_LEADERS = 16;
const LEADER_NOT_AVAILABLE = 5;
const LISTENER_NOT_FOUND = 72;

/** The brokers that lead the topic's partitions. */
export function leadersOf({ partitions, brokers }: Metadata): Broker[] {
  const ids = new Set(partitions.map(({ leader }) => leader));
  return brokers.filter(({ id }) => ids.has(id));
}

/** Throws `FailureError` when a partition has no leader that accepts records. */
export function checkLeaders(metadata: Metadata, where: KafkaWhere): void {
  const { partitions } = metadata;
  const isElsewhere = partitions.some(({ code }) => code === LISTENER_NOT_FOUND);
  if (isElsewhere) throw kafkaFailure(LISTENER_NOT_FOUND, where);
  const known = new Set(leadersOf(metadata).map(({ id }) => id));
  const isLed = partitions.length > 0 && partitions.every(({ leader }) => known.has(leader));
  if (!isLed) throw kafkaFailure(LEADER_NOT_AVAILABLE, where);
}

/**
 * Logs in to every leader at its advertised address, to which records are sent: a wrong
 * `advertised.listeners` has no effect at the address in the sink. The address policy applies to each.
 */
export async function visitLeaders(
  leaders: readonly Broker[],
  session: Session,
  context: ProbeContext,
): Promise<void> {
  const { host, port } = session.broker;
  const others = leaders.filter((leader) => leader.host !== host || leader.port !== port);
  const visited = others.slice(0, MAX_LEADERS);
  const share = Math.floor(context.timeoutMs / (visited.length + 1));
  for (const leader of visited) {
    const { plan } = session.where;
    const visit = withTimeout(
      context.signal,
      share,
      () => failed("TimedOut", `no answer within ${seconds(share)}`),
      (signal) => openSession(plan, leader, context, signal),
    );
    const opened = await visit.catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw explained(error, leader, session);
    });
    opened.channel.close();
  }
}

/** Faults at an advertised address, completing "which …". */
const FAULTS: Partial<Record<Cause, string>> = {
  NameResolutionFailed: "does not resolve to an address",
  AddressDenied: "is one that probes may not dial",
  ConnectionRefused: "no server listens at",
  Unreachable: "cannot be reached",
  TimedOut: "does not answer in time",
  InvalidConfiguration: "is not a valid address",
  TLSUntrusted: "has a certificate that is not trusted",
  TLSNameMismatch: "has a certificate for other names",
  TLSExpired: "has a certificate that is expired or not yet valid",
  TLSFailed: "ends the TLS handshake",
  ProtocolError: "does not answer as a Kafka broker does",
  AuthenticationFailed: "refuses the login that another broker accepted",
  UnsupportedAuthMechanism: "does not offer the SASL mechanism of the login",
  TooManyConnections: "accepts no more connections",
  PermissionDenied: "does not answer this user",
};

/** The failure without the broker's name, because a server can choose any text for it. */
function explained(error: unknown, leader: Broker, session: Session): unknown {
  if (!(error instanceof FailureError) || error.failure.cause === "SecretValueInvalid") return error;
  const cause = error.failure.cause ?? "Unreachable";
  const fault = FAULTS[cause] ?? "answers with an error";
  const { server, topic } = words(session.where);
  return failed(
    cause,
    `Broker ${leader.id}, which leads partitions of topic ${topic}, advertises ${shown(leader, session.where.plan)}, ` +
      `which ${fault}. Check advertised.listeners of that broker for the listener of ${server}.`,
    error,
  );
}

/** An address is shown only if the sink names it too. */
function shown(leader: Broker, { brokers }: KafkaPlan): string {
  const isNamed = brokers.some(({ host }) => host === leader.host);
  return isNamed ? hostPort(leader) : `an address${hostClass(leader.host)}`;
}
