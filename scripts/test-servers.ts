import { readdirSync } from "node:fs";
import { join } from "node:path";

export const SERVERS = join(import.meta.dirname, "../lab/servers");

interface ServerModule {
  /** Puts what the server needs into the cache, unless it is there. */
  readonly install?: () => Promise<unknown>;
}

/** The files of lab/servers with code, as paths in it. */
export function serverFiles(): string[] {
  return readdirSync(SERVERS, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .sort();
}

/**
 * Installs the servers of the tests, one after the other: every file of lab/servers that exports `install`. It is done
 * before the tests, because they do not have the proxy and certificates that a download may need.
 */
export async function installServers(signal: AbortSignal): Promise<void> {
  for (const file of serverFiles()) {
    const { install } = (await import(join(SERVERS, file))) as ServerModule;
    signal.throwIfAborted();
    await install?.();
  }
}
