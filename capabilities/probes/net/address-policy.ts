import { BlockList } from "node:net";
import type { ApiServerAddress } from "../../domain/ports";
import { parseIp, withEmbedded, type IpAddress, type IpFamily } from "./ip";

/** Why an address may not be dialled, as words for a message: "a loopback address". */
export type Refusal =
  | "a loopback address"
  | "a link-local address"
  | "a cloud metadata address"
  | "a multicast address"
  | "an unspecified address"
  | "a reserved address"
  | "the Kubernetes API server"
  | "an address that the operator's configuration denies"
  | "not an IP address";

export interface AddressPolicy {
  /** Why the address may not be dialled; undefined when it may. Decides from the binary address and the port. */
  refusal(address: string, port: number): Refusal | undefined;
}

export interface AddressRules {
  /** CIDRs or addresses that may be dialled although they are refused by default. */
  readonly allow?: readonly string[];
  /** CIDRs or addresses that may never be dialled, whatever `allow` says. */
  readonly deny?: readonly string[];
  /** Addresses of the API servers, as known when an address is checked. */
  readonly apiServers?: () => readonly ApiServerAddress[];
}

/**
 * Ranges refused by default. Private ranges are not included on purpose, because backends run in clusters. Neither is
 * 100.64.0.0/10 (RFC 6598), from which some clouds assign the addresses of pods and services.
 * Metadata: AWS (instance, container and pod identity), Google, Azure's wire server, Alibaba, Oracle.
 */
const BUILT_IN: readonly (readonly [refusal: Refusal, cidrs: readonly string[]])[] = [
  [
    "a cloud metadata address",
    [
      "169.254.169.254",
      "169.254.169.253",
      "169.254.170.2",
      "169.254.170.23",
      "100.100.100.200",
      "168.63.129.16",
      "192.0.0.192",
      "fd00:ec2::254",
      "fd00:ec2::253",
      "fd00:ec2::23",
      "fd20:ce::254",
    ],
  ],
  ["a loopback address", ["127.0.0.0/8", "::1"]],
  ["a link-local address", ["169.254.0.0/16", "fe80::/10"]],
  ["a multicast address", ["224.0.0.0/4", "ff00::/8"]],
  ["an unspecified address", ["0.0.0.0/8", "::"]],
  // No backend has an address in these: IETF protocols (RFC 6890), benchmarks (RFC 2544), and IPv6's former site-local
  // range (RFC 3879).
  ["a reserved address", ["240.0.0.0/4", "192.0.0.0/24", "198.18.0.0/15", "fec0::/10"]],
];

/**
 * The order of decision: an explicit denial overrides everything, an explicit permission overrides the
 * built-in refusals, and an address that no rule names may be dialled. Only a rule for exactly its address permits the
 * API server: a wide range such as 10.0.0.0/8 is hardly meant to include it.
 * @throws Error that names the entry which is not a CIDR or an address
 */
export function createAddressPolicy(rules: AddressRules = {}): AddressPolicy {
  const deny = blockList(rules.deny ?? []);
  const allow = blockList(rules.allow ?? []);
  const allowedHosts = blockList((rules.allow ?? []).filter(isSingleAddress));
  const builtIn = BUILT_IN.map(([refusal, cidrs]) => ({ refusal, list: blockList(cidrs) }));
  const apiServers = rules.apiServers ?? ((): readonly ApiServerAddress[] => []);

  function refusal(text: string, port: number): Refusal | undefined {
    const outer = parseIp(text);
    if (!outer) return "not an IP address";
    const all = withEmbedded(outer);
    if (all.some((ip) => holds(deny, ip))) return "an address that the operator's configuration denies";
    const isApiServer = (ip: IpAddress): boolean =>
      apiServers().some((server) => server.port === port && holds(blockList([server.address]), ip));
    if (all.some((ip) => isApiServer(ip) && !holds(allowedHosts, ip))) return "the Kubernetes API server";
    for (const ip of all.filter((candidate) => !holds(allow, candidate))) {
      const match = builtIn.find(({ list }) => holds(list, ip));
      if (match) return match.refusal;
    }
    return undefined;
  }
  return { refusal };
}

const PRIVATE = blockList(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]);

/** Whether an address belongs to a private network (RFC 1918, RFC 4193), also if it is embedded in another one. */
export function isPrivateAddress(text: string): boolean {
  const ip = parseIp(text);
  return ip !== undefined && withEmbedded(ip).some((each) => holds(PRIVATE, each));
}

/** Whether the text is an address or CIDR that {@link createAddressPolicy} accepts. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined;
}

/** One list per family: Node's BlockList treats ::/0 as a range that includes every IPv4 address too. */
type Ranges = Readonly<Record<IpFamily, BlockList>>;

function blockList(cidrs: readonly string[]): Ranges {
  const ranges: Ranges = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of cidrs) {
    const cidr = parseCidr(text);
    if (!cidr) throw new Error(`"${text}" is not an IP address or CIDR, such as 10.0.0.0/8 or fd00::/8`);
    ranges[cidr.family].addSubnet(cidr.address, cidr.prefix, cidr.family);
  }
  return ranges;
}

function parseCidr(text: string): { address: string; prefix: number; family: IpFamily } | undefined {
  const [, address = "", digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const ip = parseIp(address);
  if (!ip) return undefined;
  const bits = ip.family === "ipv4" ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  return prefix <= bits ? { ...ip, prefix } : undefined;
}

function isSingleAddress(text: string): boolean {
  const cidr = parseCidr(text);
  return cidr?.prefix === (cidr?.family === "ipv4" ? 32 : 128);
}

function holds(ranges: Ranges, ip: IpAddress): boolean {
  return ranges[ip.family].check(ip.address, ip.family);
}
