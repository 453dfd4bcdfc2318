import { isIP } from "node:net";
import type { PinnedAddress } from "../dialler";

/** The settings of `/etc/resolv.conf` other than the servers. */
export interface ResolverSettings {
  /** Domains to complete a name with, in order. */
  readonly search: readonly string[];
  /** A name with at least this many dots is first queried as an absolute name. */
  readonly ndots: number;
  /** Timeout of a server's first query. */
  readonly timeoutMs: number;
  /** Number of queries per server. */
  readonly attempts: number;
}

/** Maximum number of search domains; Kubernetes allows 32. */
const MAX_SEARCH = 32;
const MAX_NAME = 253;
/** Defaults and bounds of resolv.conf(5). */
const OPTION_BOUNDS = { ndots: [1, 15], timeout: [5, 30], attempts: [2, 5] } as const;

/** Parses `resolv.conf`; unknown content has no effect. The last of `search` and `domain` counts. */
export function parseResolvConf(text: string): ResolverSettings {
  let search: readonly string[] = [];
  const options = new Map<string, number>();
  for (const [keyword = "", ...words] of text.split("\n").map((line) => line.trim().split(/\s+/))) {
    if (keyword === "search") search = words;
    if (keyword === "domain") search = words.slice(0, 1);
    if (keyword === "options") for (const word of words) readOption(word, options);
  }
  const option = (name: keyof typeof OPTION_BOUNDS): number => {
    const [usual, most] = OPTION_BOUNDS[name];
    return Math.min(options.get(name) ?? usual, most);
  };
  return {
    search: search.slice(0, MAX_SEARCH).map((domain) => domain.replace(/^\.|\.$/g, "")),
    ndots: option("ndots"),
    timeoutMs: Math.max(1, option("timeout")) * 1000,
    attempts: Math.max(1, option("attempts")),
  };
}

function readOption(word: string, options: Map<string, number>): void {
  const [, name = "", value = ""] = /^([a-z]+):(\d{1,4})$/.exec(word) ?? [];
  if (name) options.set(name, Number(value));
}

/** The names to query, in the order of res_search(3): absolute, without a trailing dot. */
export function namesToAsk(host: string, { search, ndots }: ResolverSettings): readonly string[] {
  if (host.endsWith(".")) return [host.slice(0, -1)];
  const completed = search
    .map((domain) => (domain === "" ? host : `${host}.${domain}`))
    .filter((name) => name.length <= MAX_NAME);
  const dots = host.split(".").length - 1;
  return [...new Set(dots >= ndots ? [host, ...completed] : [...completed, host])];
}

/** Addresses of a name in `/etc/hosts`, in its order. */
export function addressesInHosts(text: string, host: string): readonly PinnedAddress[] {
  const wanted = host.toLowerCase().replace(/\.$/, "");
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = (line.split("#")[0] ?? "").trim().split(/\s+/);
    return names.some((name) => name.toLowerCase() === wanted) ? literalAddress(address) : [];
  });
}

/**
 * The address that a text spells, also as `0x7f.1` or `2130706433` in the forms of inet_aton(3), or `name`.
 * A text that ends in a number without being an address is not a name either, and yields `invalid`.
 */
export function addressOrName(host: string): readonly PinnedAddress[] | "name" | "invalid" {
  const literal = literalAddress(host);
  if (literal.length > 0) return literal;
  const last = host.replace(/\.$/, "").split(".").at(-1) ?? "";
  if (!/^(?:\d+|0x[0-9a-f]*)$/i.test(last)) return "name";
  // The URL standard accepts the same spellings, and rejects every other host that ends in a number.
  return URL.canParse(`http://${host}/`) ? literalAddress(new URL(`http://${host}/`).hostname) : "invalid";
}

function literalAddress(text: string): readonly PinnedAddress[] {
  const family = isIP(text);
  return family === 4 || family === 6 ? [{ address: text, family }] : [];
}
