import { Resolver } from "node:dns/promises";
import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { whileWaiting } from "../../../lib/abort";
import { codeOf } from "../../net/errors";
import type { DialTarget } from "../../net/dialler";
import { checkTopology, type SrvSeed, type TopologyOptions } from "../uri/uri";
import { ConnectionStringError } from "../../secrets/connection-string";
import { MAX_HOSTS } from "../uri/text";

/** DNS queries that getaddrinfo does not support. Answers are names: each is resolved and checked when dialled. */
export interface SrvResolver {
  resolveSrv(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>;
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
  /** Ends all open queries. */
  cancel(): void;
}

/** The system's DNS servers. */
export function systemSrvResolver(): SrvResolver {
  return new Resolver();
}

/** The servers of a connection string after its DNS queries. */
export interface Seeds {
  readonly hosts: readonly DialTarget[];
  readonly topology: TopologyOptions;
  /** From the TXT record. */
  readonly authSource?: string;
  /** The name whose SRV record lists the hosts; absent where the connection string lists them. */
  readonly srvName?: string;
}

/**
 * Queries the SRV and TXT records of `mongodb+srv://`. Source: MongoDB's specification "Initial DNS Seedlist
 * Discovery". Throws `FailureError`: `NameResolutionFailed`, `InvalidConfiguration`; or the signal's reason.
 */
export async function srvSeeds(
  seed: SrvSeed,
  topology: TopologyOptions,
  resolver: SrvResolver,
  signal: AbortSignal,
): Promise<Seeds> {
  try {
    return await whileWaiting(signal, ask(seed, topology, resolver));
  } finally {
    resolver.cancel();
  }
}

async function ask(seed: SrvSeed, given: TopologyOptions, resolver: SrvResolver): Promise<Seeds> {
  const record = `_${seed.service}._tcp.${seed.name}`;
  const found = await resolver.resolveSrv(record).catch((error: unknown) => {
    throw unresolved(error, record);
  });
  if (found.length === 0) throw noRecord(record);
  const hosts = found.map(({ name, port }) => ({ host: name.replace(/\.$/, "").toLowerCase(), port }));
  if (!hosts.every(({ host }) => sharesDomain(host, seed.name))) throw foreignHost(record, seed.name);
  const text = await textRecord(seed, resolver);
  const topology = { ...text.topology, ...given };
  const { maxHosts } = seed;
  if (maxHosts > 0 && (topology.replicaSet !== undefined || topology.loadBalanced)) {
    throw invalid(seed, "has srvMaxHosts, which cannot be combined with replicaSet or loadBalanced=true");
  }
  const chosen = hosts.slice(0, maxHosts > 0 ? Math.min(maxHosts, MAX_HOSTS) : MAX_HOSTS);
  checked(seed, () => checkTopology(topology, chosen.length));
  return {
    hosts: chosen,
    topology,
    srvName: seed.name,
    ...(text.authSource === undefined ? {} : { authSource: text.authSource }),
  };
}

/** Whether an SRV record of `seed` may name `host`: only within the parent domain in the connection string. */
export function sharesDomain(host: string, seed: string): boolean {
  const labels = seed.split(".");
  const domain = labels.length < 3 ? labels : labels.slice(1);
  return host.endsWith(`.${domain.join(".")}`) && host.split(".").length > domain.length;
}

interface TextRecord {
  readonly topology: Pick<TopologyOptions, "replicaSet" | "loadBalanced">;
  readonly authSource?: string;
}

async function textRecord(seed: SrvSeed, resolver: SrvResolver): Promise<TextRecord> {
  const records = await resolver.resolveTxt(seed.name).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw unresolved(error, seed.name);
  });
  if (records.length > 1) throw invalid(seed, "has more than one TXT record, where MongoDB allows one");
  const options = new URLSearchParams((records[0] ?? []).join(""));
  const unknown = [...options.keys()].some((key) => !TEXT_OPTIONS.includes(key.toLowerCase()));
  if (unknown) {
    throw invalid(seed, "has a TXT record with more than authSource, replicaSet and loadBalanced");
  }
  const values = new Map([...options].map(([key, value]) => [key.toLowerCase(), value]));
  const authSource = values.get("authsource");
  const replicaSet = values.get("replicaset");
  const loadBalanced = values.get("loadbalanced");
  return {
    topology: {
      ...(replicaSet ? { replicaSet } : {}),
      ...(loadBalanced ? { loadBalanced: loadBalanced === "true" } : {}),
    },
    ...(authSource ? { authSource } : {}),
  };
}

const TEXT_OPTIONS = ["authsource", "replicaset", "loadbalanced"];

function checked(seed: SrvSeed, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof ConnectionStringError) throw invalid(seed, error.message);
    throw error;
  }
}

function invalid(seed: SrvSeed, fault: string): Error {
  return failed(
    "InvalidConfiguration",
    `The connection string, together with the DNS records of ${quoted(seed.name)}, ${fault}.`,
  );
}

function isAbsent(error: unknown): boolean {
  return ["ENOTFOUND", "ENODATA"].includes(codeOf(error) ?? "");
}

/** All codes of the resolver are about DNS here, including ECONNREFUSED. */
function unresolved(error: unknown, name: string): Error {
  if (isAbsent(error)) return noRecord(name, error);
  return failed(
    "NameResolutionFailed",
    `DNS did not answer for ${quoted(name)}. Check the cluster's DNS and the NetworkPolicy of the operator's namespace.`,
    error,
  );
}

function noRecord(record: string, error?: unknown): Error {
  return failed(
    "NameResolutionFailed",
    `DNS has no SRV record ${quoted(record)}. Check the host of mongodb+srv://; ` +
      "for the name of a server write mongodb:// instead.",
    error,
  );
}

function foreignHost(record: string, seed: string): Error {
  return failed(
    "InvalidConfiguration",
    `The SRV record ${quoted(record)} names a host that is not in the domain of ${quoted(seed)}. ` +
      "MongoDB's clients refuse that: correct the record.",
  );
}
