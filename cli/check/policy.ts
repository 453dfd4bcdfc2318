import type { ApiServerAddress } from "../../capabilities/domain/ports";
import { createAddressPolicy, type AddressPolicy } from "../../capabilities/probes/net/address-policy";

/** Ranges, because a rule for a single address would open the API server at that address too. */
const LOOPBACK = ["127.0.0.0/8", "::/127"];

/**
 * The address policy of a check from this machine: that of the operator, plus loopback for tunnels and local servers.
 * Link-local and metadata addresses and the API servers of the kubeconfig stay refused.
 */
export function checkPolicy(apiServers: readonly ApiServerAddress[]): AddressPolicy {
  return createAddressPolicy({ allow: LOOPBACK, apiServers: () => apiServers });
}
