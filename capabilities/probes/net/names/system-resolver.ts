import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { PinnedAddress } from "../dialler";
import { codeOf } from "../errors";
import type { ResolveHost } from "./resolve";
import {
  addressesInHosts,
  addressOrName,
  namesToAsk,
  parseResolvConf,
  type ResolverSettings,
} from "./resolver-files";

export interface ResolverSources {
  /** Path of the hosts file. */
  readonly hosts: string;
  readonly resolvConf: string;
  /** Absent means the servers of `/etc/resolv.conf`. */
  readonly servers?: readonly string[];
}

const SYSTEM: ResolverSources = { hosts: "/etc/hosts", resolvConf: "/etc/resolv.conf" };

/**
 * Resolves as getaddrinfo does in a container: spellings of addresses, hosts file, search domains, DNS; all addresses
 * in the order of RFC 6724 between the families. Rejects with an error that has getaddrinfo's code.
 *
 * getaddrinfo itself blocks one of the process's few threads until the system times out, whether or not the answer is
 * still needed, so a few names without an answer from DNS delay every other name. This resolver blocks no thread, and
 * its sockets close when the signal aborts.
 */
export function systemResolver({ servers, ...files }: ResolverSources = SYSTEM): ResolveHost {
  const hosts = forAWhile(() => textOf(files.hosts));
  const settings = forAWhile(() => parseResolvConf(textOf(files.resolvConf)));
  const globalSource = forAWhile(hasGlobalIPv6);
  return async (host, signal) => {
    const literal = addressOrName(host);
    if (literal === "invalid") throw lookupError("ENOTFOUND");
    if (literal !== "name") return literal;
    const local = addressesInHosts(hosts(), host);
    if (local.length > 0) return local;
    const found = await askDns(host, { settings: settings(), servers }, signal);
    return inOrder(found, globalSource());
  };
}

/** How long the content of the system's files is cached, in milliseconds. */
const READ_FOR_MS = 1000;

/** Caches the result of `make` for {@link READ_FOR_MS}. */
function forAWhile<T>(make: () => T): () => T {
  let kept: { readonly value: T; readonly at: number } | undefined;
  return () => {
    const now = performance.now();
    if (!kept || now - kept.at > READ_FOR_MS) kept = { value: make(), at: now };
    return kept.value;
  };
}

interface Dns extends Pick<ResolverSources, "servers"> {
  readonly settings: ResolverSettings;
}

async function askDns(
  host: string,
  { settings, servers }: Dns,
  signal: AbortSignal | undefined,
): Promise<readonly PinnedAddress[]> {
  signal?.throwIfAborted();
  const resolver = new Resolver({ timeout: settings.timeoutMs, tries: settings.attempts });
  if (servers) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await firstKnown(namesToAsk(host, settings), resolver);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/** As in res_search(3), an unknown name or a failed server does not end the search, but a timeout does. */
async function firstKnown(names: readonly string[], resolver: Resolver): Promise<readonly PinnedAddress[]> {
  let code: LookupCode = "ENOTFOUND";
  for (const name of names) {
    const found = await addressesOf(name, resolver);
    if (found === "silence") throw lookupError("EAI_AGAIN");
    if (found === "failure") code = "EAI_AGAIN";
    else if (found !== "unknown") return found;
  }
  throw lookupError(code);
}

type NoAddress = "unknown" | "failure" | "silence";

async function addressesOf(name: string, resolver: Resolver): Promise<readonly PinnedAddress[] | NoAddress> {
  const [v4, v6] = await Promise.all([
    answerOf(resolver.resolve4(name), 4),
    answerOf(resolver.resolve6(name), 6),
  ]);
  const found = [v4, v6].flatMap((answer) => (typeof answer === "string" ? [] : answer));
  if (found.length > 0) return found;
  return WORST_FIRST.find((answer) => answer === v4 || answer === v6) ?? "unknown";
}

const WORST_FIRST: readonly NoAddress[] = ["silence", "failure"];

async function answerOf(
  question: Promise<readonly string[]>,
  family: 4 | 6,
): Promise<readonly PinnedAddress[] | NoAddress> {
  try {
    return (await question).map((address) => ({ address, family }));
  } catch (error) {
    return NO_ADDRESS[codeOf(error) ?? ""] ?? "silence";
  }
}

/** Codes of c-ares that mean more than a missing answer. */
const NO_ADDRESS: Readonly<Record<string, NoAddress>> = {
  ENOTFOUND: "unknown",
  ENODATA: "unknown",
  EBADNAME: "unknown",
  ESERVFAIL: "failure",
  EREFUSED: "failure",
  ENOTIMP: "failure",
  EFORMERR: "failure",
};

/**
 * Global IPv6 addresses come first if this host has one itself, and last if it has none; local ones
 * (fc00::/7) come after IPv4. Source: RFC 6724, sections 2.1 and 6.
 */
export function inOrder(
  addresses: readonly PinnedAddress[],
  globalSource: boolean,
): readonly PinnedAddress[] {
  const first = globalSource ? addresses.filter(isGlobalIPv6) : [];
  const v4 = addresses.filter(({ family }) => family === 4);
  return [...new Set([...first, ...v4, ...addresses])];
}

function hasGlobalIPv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses = []) =>
    addresses.some(({ address, family }) => family === "IPv6" && isGlobalIPv6({ address, family: 6 })),
  );
}

/** 2000::/3, from which all global addresses are assigned. */
function isGlobalIPv6({ address, family }: PinnedAddress): boolean {
  return family === 6 && /^[23][0-9a-f]{3}:/i.test(address);
}

/**
 * Text of a file; empty if it does not exist, as for getaddrinfo. The read is synchronous, of small local files once
 * a second, because peers can keep the threads of the pool busy with SCRAM's key derivation.
 */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

type LookupCode = "ENOTFOUND" | "EAI_AGAIN";

function lookupError(code: LookupCode): Error {
  return Object.assign(new Error(`the name was not resolved: ${code}`), { code, syscall: "getaddrinfo" });
}
