import { isIP } from "node:net";
import { isPrivateAddress } from "../address-policy";

/**
 * What kind of host a server named, for messages behind "an address": ` (a private IPv4 address)`. The name itself is the
 * server's word and may be a password that it was sent; a host is shown as it is only where the sink names it too.
 */
export function hostClass(host: string): string {
  const version = isIP(host.split("%", 1)[0] ?? "");
  if (version === 0) return host.replace(/\.$/, "").includes(".") ? "" : " (a name without a domain)";
  return ` (${isPrivateAddress(host) ? "a private" : "an"} IPv${version} address)`;
}
