import { isIP } from "node:net";
import { isPrivateAddress } from "../address-policy";

/**
 * Class of a host named by a server, for messages after "an address": ` (a private IPv4 address)`. The server chooses
 * the name, which may be a password that it received; a host is shown verbatim only where the sink names it too.
 */
export function hostClass(host: string): string {
  const version = isIP(host.split("%", 1)[0] ?? "");
  if (version === 0) return host.replace(/\.$/, "").includes(".") ? "" : " (a name without a domain)";
  return ` (${isPrivateAddress(host) ? "a private" : "an"} IPv${version} address)`;
}
