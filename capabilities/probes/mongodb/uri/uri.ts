import type { DialTarget } from "../../net/dialler";
import { uriCredentials, type MongoLogin } from "../credentials";
import { ConnectionStringError } from "../../secrets/connection-string";
import { withoutRepeats } from "../../host-port";
import { count, readOptions, type UriFile, type UriOptions } from "./options";
import { uriParts, type UriParts } from "./text";

/** A connection string as discrete values, which are never joined into a string again. */
export interface MongoUri {
  /** Source of the servers: these hosts, or the DNS records of this name. */
  readonly seeds: { readonly hosts: readonly DialTarget[] } | { readonly srv: SrvSeed };
  /** Absent when the string names no user. */
  readonly login?: MongoLogin;
  /** The values that a DNS TXT record may set. */
  readonly database?: string;
  readonly authSource?: string;
  readonly topology: TopologyOptions;
  readonly tls: UriTls;
  /** Files in the exporter's pod that are used, because TLS is on. */
  readonly files: ReadonlySet<UriFile>;
  readonly appName?: string;
  /** Timeout for one server; absent means as long as the attempt allows. */
  readonly connectTimeoutMs?: number;
  /** Timeout for finding a server that accepts writes. */
  readonly selectionTimeoutMs?: number;
}

export interface SrvSeed {
  readonly name: string;
  /** `mongodb` unless `srvServiceName` says otherwise. */
  readonly service: string;
  /** 0 means all. */
  readonly maxHosts: number;
}

export interface TopologyOptions {
  readonly replicaSet?: string;
  /** Whether to use only the one named host. */
  readonly direct: boolean;
  readonly loadBalanced?: boolean;
}

export interface UriTls {
  /** Undefined when the string does not say. */
  readonly enabled?: boolean;
  /** Whether certificate and name are not verified (`tlsInsecure`). */
  readonly insecure: boolean;
}

/** Longest string that is read, in characters. */
export const MAX_URI_LENGTH = 16_384;

/** Reads a connection string. Throws {@link ConnectionStringError}, whose message never quotes it. */
export function parseUri(text: string): MongoUri {
  if (text.length > MAX_URI_LENGTH)
    throw new ConnectionStringError(`is longer than ${MAX_URI_LENGTH} characters`);
  const trimmed = text.trim();
  const parts = uriParts(trimmed);
  const options = readOptions(parts);
  const login = uriCredentials(parts, options);
  const authSource = options.get("authsource");
  const tls = tlsOptions(options);
  return {
    seeds: seeds(parts, options),
    ...(login ? { login } : {}),
    ...(parts.database === undefined ? {} : { database: parts.database }),
    ...(authSource === undefined ? {} : { authSource }),
    topology: topologyOptions(parts, options),
    tls,
    files: (tls.enabled ?? parts.srv) ? options.files : new Set(),
    ...optional("appName", options.get("appname") || undefined),
    ...optional("connectTimeoutMs", count(options, "connecttimeoutms") || undefined),
    ...optional("selectionTimeoutMs", count(options, "serverselectiontimeoutms") || undefined),
  };
}

/** Checks the options' combination; called again when a TXT record has added options. */
export function checkTopology(options: TopologyOptions, hosts: number): void {
  const { replicaSet, direct, loadBalanced } = options;
  if (direct && hosts > 1)
    throw new ConnectionStringError("has directConnection=true, which needs exactly one host");
  if (!loadBalanced) return;
  if (hosts > 1) throw new ConnectionStringError("has loadBalanced=true, which needs exactly one host");
  if (direct)
    throw new ConnectionStringError("has both loadBalanced=true and directConnection=true: keep one of them");
  if (replicaSet !== undefined) {
    throw new ConnectionStringError("has both loadBalanced=true and replicaSet: keep one of them");
  }
}

function seeds(parts: UriParts, options: UriOptions): MongoUri["seeds"] {
  if (parts.srv) return { srv: srvSeed(parts, options) };
  if (options.get("srvservicename") !== undefined || options.get("srvmaxhosts") !== undefined) {
    throw new ConnectionStringError("has srvServiceName or srvMaxHosts, which need mongodb+srv://");
  }
  return { hosts: withoutRepeats(parts.hosts) };
}

function srvSeed(parts: UriParts, options: UriOptions): SrvSeed {
  const [host] = parts.hosts;
  if (!host || parts.hosts.length > 1)
    throw new ConnectionStringError("starts with mongodb+srv:// and must name one host");
  if (parts.namesPort || options.direct) {
    throw new ConnectionStringError(
      "starts with mongodb+srv://, where DNS names hosts and ports: leave port and directConnection out",
    );
  }
  const service = options.get("srvservicename") ?? "mongodb";
  if (!/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/i.test(service)) {
    throw new ConnectionStringError("has a srvServiceName that is not the name of a service");
  }
  return { name: host.host, service, maxHosts: count(options, "srvmaxhosts") ?? 0 };
}

/** Options about the topology; an empty `replicaSet` counts as absent, as for the driver. */
function topologyOptions(parts: UriParts, options: UriOptions): TopologyOptions {
  const loadBalanced = options.get("loadbalanced");
  const found = {
    ...optional("replicaSet", options.get("replicaset") || undefined),
    direct: options.direct,
    ...optional("loadBalanced", loadBalanced === undefined ? undefined : loadBalanced === "true"),
  };
  checkTopology(found, parts.hosts.length);
  return found;
}

function tlsOptions(options: UriOptions): UriTls {
  return { ...optional("enabled", options.tls), insecure: options.get("tlsinsecure") === "true" };
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
