import { TRANSIENT_CAUSES, type Cause } from "../api/vocabulary";
import { failed, FailureError } from "../domain/failure";
import { hostPort, seconds } from "./messages";
import { withTimeout } from "./net/abort";
import type { DialTarget } from "./net/dialler";
import type { ProbeContext } from "./probe";

/** What one server says about the credentials holds for all of them, so no other is asked. */
const FINAL: ReadonlySet<Cause | undefined> = new Set<Cause>([
  "AuthenticationFailed",
  "UnsupportedAuthMechanism",
  "InvalidConfiguration",
]);

export interface Candidates<T extends DialTarget, S> {
  /** In the order in which they are tried. */
  readonly targets: readonly T[];
  /** How messages call one of them: "Kafka", and several: "brokers". */
  readonly name: string;
  readonly plural: string;
  /** Rejects with `FailureError` or the signal's reason. */
  readonly open: (target: T, signal: AbortSignal) => Promise<S>;
  /** The causes after which no other server is tried; absent means those that hold for a cluster. */
  readonly lasting?: ReadonlySet<Cause | undefined>;
}

/**
 * A session at the first of several servers of one cluster that accepts the login. Each but the last has its share of
 * the attempt, so that a silent one does not use it up. When none can be used, the failure names all of them.
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
 * One failure for several servers that were all tried in vain, in order. Its cause is that of the first fault
 * that a retry cannot remove, else of the first one.
 * @param plural how messages call the servers: "hosts"
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
  const each = failures.map(({ message }) => message).join(" ");
  return failed(
    lasting.failure.cause ?? "Unreachable",
    `None of the ${failures.length} ${plural} can be used. ${each}`,
    first,
  );
}
