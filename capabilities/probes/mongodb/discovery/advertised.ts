import { isIP } from "node:net";
import type { Cause } from "../../../api/vocabulary";
import { failed, FailureError } from "../../../domain/failure";
import { hostPort } from "../../messages";
import type { DialTarget } from "../../net/dialler";
import { serverAt } from "../errors";
import type { Seeds } from "./srv";

/** What is wrong with a member that cannot be reached, to go behind its name. */
const FAULTS: Partial<Record<Cause, string>> = {
  NameResolutionFailed: "has a name that does not resolve to an address",
  AddressDenied: "has an address that probes may not dial",
  ConnectionRefused: "refuses connections",
  Unreachable: "cannot be reached",
  TimedOut: "does not answer in time",
  InvalidConfiguration: "has no valid address",
  TLSUntrusted: "has a certificate that is not trusted",
  TLSNameMismatch: "has a certificate for other names",
  TLSExpired: "has a certificate that is expired or not yet valid",
  TLSFailed: "ends the TLS handshake",
  ProtocolError: "does not answer as MongoDB does",
};

/**
 * A server as messages show it. Which members there are is what a server says, and it may write anything into
 * their names: one is shown where the connection string has it too, or where it is nothing but numbers.
 */
export function shownAs(target: DialTarget, seeds: Pick<Seeds, "hosts">): string {
  if (isShown(target, seeds)) return hostPort(target);
  const [first] = seeds.hosts;
  return `an address that ${first ? hostPort(first) : "another member"} advertises`;
}

/** The failure to reach a server, with another message where its name may not be shown. */
export function reaching(error: unknown, target: DialTarget, seeds: Pick<Seeds, "hosts">): unknown {
  if (!(error instanceof FailureError) || isShown(target, seeds)) return error;
  const cause = error.failure.cause ?? "Unreachable";
  const server = serverAt({ endpoint: shownAs(target, seeds) });
  const fault = FAULTS[cause] ?? "ends the connection";
  return failed(cause, `${server} ${fault}. Check the hosts in rs.conf() from the operator's pod.`, error);
}

function isShown({ host }: DialTarget, { hosts }: Pick<Seeds, "hosts">): boolean {
  return isIP(host) !== 0 || hosts.some((seed) => seed.host === host);
}
