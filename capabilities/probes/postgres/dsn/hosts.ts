import { isHost } from "../../net/names/host-name";
import { ConnectionStringError } from "../../secrets/connection-string";
import type { DsnParameter } from "./parameters";

export interface DsnHost {
  /** A name or an address, which the certificate must contain. */
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 5432;
const MAX_HOSTS = 16;

/**
 * The hosts in the order in which they are tried. `host` and `port` are lists, and a host without its own port uses
 * the first one; ports beyond the hosts are ignored. Throws {@link ConnectionStringError}, also for socket paths.
 */
export function dsnHosts(values: ReadonlyMap<DsnParameter, string>): DsnHost[] {
  const names = list(values.get("host"));
  const ports = list(values.get("port"));
  if (names.length === 0) throw new ConnectionStringError("names no host");
  if (names.length > MAX_HOSTS) throw new ConnectionStringError(`names more than ${MAX_HOSTS} hosts`);
  if (values.get("port") === "")
    throw new ConnectionStringError("has an empty port: write it, or leave port out");
  return names.map((name, index) => dsnHost(name, portOf(ports[index] ?? ports[0])));
}

function dsnHost(host: string, port: number): DsnHost {
  if (host.startsWith("/") || host.startsWith("@")) {
    throw new ConnectionStringError(
      "names a Unix socket as host, which no probe can reach: name a host of the network",
    );
  }
  if (host === "") throw new ConnectionStringError("names no host");
  // A misplaced '@' or '/' leaves part of the password here, which must not get into an endpoint.
  if (!isHost(host)) {
    throw new ConnectionStringError(
      "has a host that is not a name or an address; " +
        "percent-encode '@', '/', ':', '?' and '%' in the password of a URL",
    );
  }
  return { host, port };
}

function list(text: string | undefined): string[] {
  return text ? text.split(",").map((item) => item.trim()) : [];
}

function portOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) {
    throw new ConnectionStringError(
      "has a port that is not 1 to 65535; percent-encode '@', '/', ':' in the password of a URL",
    );
  }
  return port;
}
