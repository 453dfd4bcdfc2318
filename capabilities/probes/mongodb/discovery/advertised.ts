import type { Cause } from "../../../api/vocabulary";
import { failed, FailureError } from "../../../domain/failure";
import { hostPort, quoted } from "../../messages";
import type { DialTarget } from "../../net/dialler";
import { hostClass } from "../../net/names/host-class";
import { serverAt } from "../errors";
import type { Seeds } from "./srv";

/** Faults of a member that cannot be reached, completing a sentence that begins with its name. */
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

type Named = Pick<Seeds, "hosts" | "srvName">;

/**
 * A server's name in messages. A server or DNS lists the members and can choose any names: a name is shown only if the
 * connection string has it too.
 */
export function shownAs(target: DialTarget, seeds: Named): string {
  if (isShown(target, seeds)) return hostPort(target);
  const { hosts, srvName } = seeds;
  const at = hosts.findIndex(({ host, port }) => host === target.host && port === target.port);
  if (srvName !== undefined && at >= 0) return `host ${at + 1} of the SRV record of ${quoted(srvName)}`;
  const [first] = hosts;
  const by = srvName === undefined ? first && hostPort(first) : `a host of ${quoted(srvName)}`;
  return `an address${hostClass(target.host)} that ${by ?? "another member"} advertises`;
}

/** The failure to reach a server, with another message if its name may not be shown. */
export function reaching(error: unknown, target: DialTarget, seeds: Named): unknown {
  if (!(error instanceof FailureError) || isShown(target, seeds)) return error;
  const cause = error.failure.cause ?? "Unreachable";
  const server = serverAt({ endpoint: shownAs(target, seeds) });
  const fault = FAULTS[cause] ?? "ends the connection";
  return failed(cause, `${server} ${fault}. Check the hosts in rs.conf() from the operator's pod.`, error);
}

function isShown({ host }: DialTarget, { hosts, srvName }: Named): boolean {
  return srvName === undefined && hosts.some((seed) => seed.host === host);
}
