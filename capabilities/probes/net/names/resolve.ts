import { failed } from "../../../domain/failure";
import { hostPort, quoted } from "../../messages";
import type { AddressPolicy, Refusal } from "../address-policy";
import type { DialTarget, PinnedAddress } from "../dialler";
import { netFailure } from "../errors";
import { HOST_HINT, isHost } from "./host-name";

/**
 * Resolves a name as getaddrinfo does; rejects with an error that has its code. Ends soon after the signal aborts.
 */
export type ResolveHost = (host: string, signal?: AbortSignal) => Promise<readonly PinnedAddress[]>;

/** Maximum number of addresses that are tried, so that one name cannot start a scan. */
const MAX_ADDRESSES = 16;
/** Maximum number that is checked: an answer of DNS has space for thousands, and each takes a tenth of a millisecond. */
const MAX_CHECKED = 128;

/**
 * The addresses of the target that may be dialled. IP literals are resolved too, because getaddrinfo
 * decides the meaning of spellings such as `0x7f.1` or `2130706433`.
 * Throws `FailureError`: `InvalidConfiguration`, `NameResolutionFailed`, `AddressDenied`.
 */
export async function permittedAddresses(
  target: DialTarget,
  policy: AddressPolicy,
  resolveHost: (host: string) => ReturnType<ResolveHost>,
): Promise<readonly PinnedAddress[]> {
  checkTarget(target);
  const found = await resolveHost(target.host).catch((error: unknown) => {
    throw unresolved(error, target);
  });
  const refusals: Refusal[] = [];
  const permitted = found.slice(0, MAX_CHECKED).filter(({ address }) => {
    const refusal = policy.refusal(address, target.port);
    if (refusal) refusals.push(refusal);
    return refusal === undefined;
  });
  if (permitted.length === 0) throw denied(target, refusals[0]);
  return permitted.slice(0, MAX_ADDRESSES);
}

function checkTarget({ host, port }: DialTarget): void {
  if (!isHost(host)) {
    throw failed(
      "InvalidConfiguration",
      `"${quoted(host)}" is not a host name or an IP address. ${HOST_HINT}.`,
    );
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw failed("InvalidConfiguration", `${quoted(host)} has port ${port}; ports are 1 to 65535.`);
  }
}

function unresolved(error: unknown, target: DialTarget): Error {
  const where = { endpoint: hostPort(target), host: target.host };
  return (
    netFailure(error, where) ??
    failed(
      "NameResolutionFailed",
      `The name ${target.host} could not be resolved. Check the cluster's DNS.`,
      error,
    )
  );
}

/** The failure names the kind of address but not the address, so that sinks cannot be used to map a network. */
function denied(target: DialTarget, refusal: Refusal | undefined): Error {
  if (!refusal) return failed("NameResolutionFailed", `The name ${target.host} has no address.`);
  return failed(
    "AddressDenied",
    `${hostPort(target)} is ${refusal}, which probes may not dial. ` +
      "Use another address, or ask the administrator to allow it in KOLLECT_ALLOW_CIDRS.",
  );
}
