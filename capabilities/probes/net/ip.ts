import { isIP } from "node:net";

export type IpFamily = "ipv4" | "ipv6";

export interface IpAddress {
  readonly address: string;
  readonly family: IpFamily;
}

/** The address without zone id (`fe80::1%eth0`), or undefined when it is not an address. */
export function parseIp(text: string): IpAddress | undefined {
  const address = text.split("%", 1)[0] ?? "";
  const version = isIP(address);
  return version === 0 ? undefined : { address, family: version === 4 ? "ipv4" : "ipv6" };
}

/**
 * An address and every IPv4 address embedded in it. Routers and translators deliver to the inner address,
 * so a rule for 127.0.0.1 must also hold for `::ffff:127.0.0.1` or `64:ff9b::7f00:1`.
 * Forms: mapped and compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052, RFC 8215), 6to4
 * (RFC 3056), Teredo's server and client (RFC 4380), ISATAP (RFC 5214).
 */
export function withEmbedded(ip: IpAddress): IpAddress[] {
  if (ip.family === "ipv4") return [ip];
  const groups = expand(ip.address);
  const inner = EMBEDDINGS.filter(({ holds }) => holds(groups)).flatMap(({ read }) => read(groups));
  return [ip, ...inner.map((address): IpAddress => ({ address, family: "ipv4" }))];
}

type Groups = readonly number[];

interface Embedding {
  readonly holds: (groups: Groups) => boolean;
  readonly read: (groups: Groups) => string[];
}

const EMBEDDINGS: readonly Embedding[] = [
  { holds: startsWith(0, 0, 0, 0, 0, 0xffff), read: lastTwo },
  // `::` and `::1` are not 0.0.0.0 and 0.0.0.1.
  { holds: (groups) => startsWith(0, 0, 0, 0, 0, 0)(groups) && at(groups, 6) !== 0, read: lastTwo },
  { holds: startsWith(0, 0, 0, 0, 0xffff, 0), read: lastTwo },
  { holds: startsWith(0x64, 0xff9b, 0, 0, 0, 0), read: lastTwo },
  // A network chooses the position of the address in 64:ff9b:1::/48: right after the prefix, or at the end.
  {
    holds: startsWith(0x64, 0xff9b, 1),
    read: (groups) =>
      [...lastTwo(groups), ...behindSlash48(groups)].filter((address) => address !== "0.0.0.0"),
  },
  { holds: startsWith(0x2002), read: (groups) => [dotted(at(groups, 1), at(groups, 2))] },
  {
    holds: startsWith(0x2001, 0),
    read: (groups) => [
      dotted(at(groups, 2), at(groups, 3)),
      dotted(at(groups, 6) ^ 0xffff, at(groups, 7) ^ 0xffff),
    ],
  },
  { holds: (groups) => (at(groups, 4) & 0xfdff) === 0 && at(groups, 5) === 0x5efe, read: lastTwo },
];

function startsWith(...prefix: number[]): (groups: Groups) => boolean {
  return (groups) => prefix.every((group, index) => groups[index] === group);
}

function lastTwo(groups: Groups): string[] {
  return [dotted(at(groups, 6), at(groups, 7))];
}

/** RFC 6052 figure 1: bits 48-63, then bits 72-87, around an octet that is zero. */
function behindSlash48(groups: Groups): string[] {
  return [dotted(at(groups, 3), ((at(groups, 4) & 0xff) << 8) | (at(groups, 5) >> 8))];
}

function at(groups: Groups, index: number): number {
  return groups[index] ?? 0;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The eight 16-bit groups of a valid IPv6 address. */
function expand(address: string): Groups {
  const [head = "", tail] = withoutDots(address).split("::");
  const front = hexGroups(head);
  if (tail === undefined) return front;
  const back = hexGroups(tail);
  return [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
}

function withoutDots(address: string): string {
  const [, prefix, a, b, c, d] = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address) ?? [];
  if (prefix === undefined) return address;
  const hex = (high = "0", low = "0"): string => (Number(high) * 256 + Number(low)).toString(16);
  return `${prefix}${hex(a, b)}:${hex(c, d)}`;
}

function hexGroups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
