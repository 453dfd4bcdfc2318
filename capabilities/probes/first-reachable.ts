import { TRANSIENT_CAUSES, type Cause } from "../api/vocabulary";
import { failed, FailureError } from "../domain/failure";
import { hostPort, seconds } from "./messages";
import { withTimeout } from "../lib/abort";
import type { DialTarget } from "./net/dialler";
import type { ProbeContext } from "./probe";

/** Causes that apply to all servers of a cluster, such as refused credentials, so no other server is tried. */
const FINAL: ReadonlySet<Cause | undefined> = new Set<Cause>([
  "AuthenticationFailed",
  "UnsupportedAuthMechanism",
  "InvalidConfiguration",
]);

export interface Candidates<T extends DialTarget, S> {
  /** In the order in which they are tried. */
  readonly targets: readonly T[];
  /** Name of one of them in messages: "Kafka", and of several: "brokers". */
  readonly name: string;
  readonly plural: string;
  /** Rejects with `FailureError` or the signal's reason. */
  readonly open: (target: T, signal: AbortSignal) => Promise<S>;
  /** The causes after which no other server is tried; absent means those that apply to a cluster. */
  readonly lasting?: ReadonlySet<Cause | undefined>;
}

/**
 * Opens a session at the first of several servers of one cluster that accepts the login. Each server but the last gets
 * a share of the attempt's time, so that one without a response does not use it up. If none can be used, the failure
 * names all of them.
 */
export async function firstReachable<T extends DialTarget, S>(
  candidates: Candidates<T, S>,
  context: Pick<ProbeContext, "signal" | "timeoutMs">,
): Promise<S> {
  const failures: FailureError[] = [];
  const { lasting = FINAL } = candidates;
  for (const target of candidates.targets) {
    try {
      return await tryOne(target, candidates, context);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof FailureError) || lasting.has(error.failure.cause)) throw error;
      failures.push(error);
    }
  }
  throw noneUsable(failures, candidates.plural, `The sink names no ${candidates.plural}.`);
}

function tryOne<T extends DialTarget, S>(
  target: T,
  { targets, name, open }: Candidates<T, S>,
  { signal, timeoutMs }: Pick<ProbeContext, "signal" | "timeoutMs">,
): Promise<S> {
  if (target === targets.at(-1)) return open(target, signal);
  const share = Math.floor(timeoutMs / targets.length);
  return withTimeout(
    signal,
    share,
    () => silent(`${name} at ${hostPort(target)}`, share),
    (limited) => open(target, limited),
  );
}

function silent(server: string, ms: number): Error {
  return failed(
    "TimedOut",
    `${server}: login timed out after ${seconds(ms)}. ` +
      "Check the address, NetworkPolicies, firewalls and the server's load.",
  );
}

/**
 * One failure for several servers, none of which could be used, in order. Its cause is that of the first fault
 * that a retry cannot resolve, else that of the first one.
 * @param plural name of the servers in messages: "hosts"
 * @param noneNamed the message when there was no server to try
 */
export function noneUsable(
  failures: readonly FailureError[],
  plural: string,
  noneNamed: string,
): FailureError {
  const [first] = failures;
  if (!first) return failed("InvalidConfiguration", noneNamed);
  if (failures.length === 1) return first;
  const lasting =
    failures.find(({ failure }) => failure.cause && !TRANSIENT_CAUSES.has(failure.cause)) ?? first;
  const each = faultsOf(
    failures.map(({ message }) => message),
    plural,
  );
  return failed(
    lasting.failure.cause ?? "Unreachable",
    `None of the ${failures.length} ${plural} can be used. ${each}`,
    first,
  );
}

/** Matches a server in a message: an address with its port, or a name that does not exist in DNS. */
const SERVER =
  /\[[\da-f:.]+\]:\d{1,5}|[\w.-]+:\d{1,5}|(?<=^The name )\S+|(?<=^DNS did not answer for )\S+(?=\.)/gi;
/** Maximum number of different faults, and of servers with the same one, to keep the message short. */
const MAX_FAULTS = 2;
const MAX_SERVERS = 3;

/** Each different fault once, with the other servers that have it. */
function faultsOf(messages: readonly string[], plural: string): string {
  const byFault = new Map<string, string[]>();
  for (const message of messages) {
    const fault = message.replace(SERVER, "…");
    byFault.set(fault, [...(byFault.get(fault) ?? []), message]);
  }
  const all = [...byFault.values()];
  const left = all.slice(MAX_FAULTS).flat().length;
  const more = left > 0 ? ` ${left} more of the ${plural} cannot be used for other reasons.` : "";
  return all.slice(0, MAX_FAULTS).map(oneFault).join(" ") + more;
}

function oneFault(messages: readonly string[]): string {
  const [first = ""] = messages;
  const [own, ...others] = new Set(messages.map((message) => message.match(SERVER)?.[0] ?? ""));
  if (own === "" || others.length === 0) return first;
  const listed = others.slice(0, MAX_SERVERS).join(", ");
  const left = others.length - MAX_SERVERS;
  return `${first} The same holds for ${listed}${left > 0 ? ` and ${left} more` : ""}.`;
}
