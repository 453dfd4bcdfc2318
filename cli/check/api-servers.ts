import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import type { ApiServerAddress } from "../../capabilities/domain/ports";
import { isObject } from "../input/documents";

/** How long the names of API servers may take to resolve, in milliseconds. */
const LOOKUP_MS = 2_000;
/** A loopback API server answers at every one of these. */
const LOOPBACK = ["127.0.0.0/8", "::/127"];

/** The files that kubectl would read, whether or not they exist. */
export function kubeconfigFiles(
  env: Readonly<Record<string, string | undefined>>,
  kubeconfig: string | undefined,
): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  return named.length > 0 ? named : [join(env.HOME ?? homedir(), ".kube/config")];
}

/**
 * Addresses of the API servers in kubeconfig files, which a check never dials. Only the servers' addresses are used;
 * a missing or unreadable file has none.
 */
export async function apiServersOf(files: readonly string[]): Promise<ApiServerAddress[]> {
  const servers = (await Promise.all(files.map(serversOf))).flat();
  return (await Promise.all(servers.map(listenersOf))).flat();
}

async function serversOf(file: string): Promise<URL[]> {
  try {
    const config: unknown = parse(await readFile(file, "utf8"), { logLevel: "silent" });
    const clusters = isObject(config) && Array.isArray(config["clusters"]) ? config["clusters"] : [];
    return clusters.flatMap((entry: unknown) => {
      const cluster = isObject(entry) ? entry["cluster"] : undefined;
      const server = isObject(cluster) ? cluster["server"] : undefined;
      return typeof server === "string" && URL.canParse(server) ? [new URL(server)] : [];
    });
  } catch {
    return [];
  }
}

async function listenersOf(server: URL): Promise<ApiServerAddress[]> {
  const port = Number(server.port || (server.protocol === "http:" ? 80 : 443));
  const host = server.hostname.replace(/^\[|\]$/g, "");
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<[]>((resolve) => {
    timer = setTimeout(() => resolve([]), LOOKUP_MS);
  });
  const found = await Promise.race([lookup(host, { all: true }).catch(() => []), late]);
  clearTimeout(timer);
  return found.flatMap(({ address }) =>
    isLoopback(address) ? LOOPBACK.map((range) => ({ address: range, port })) : [{ address, port }],
  );
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
