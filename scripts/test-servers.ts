import { readdirSync } from "node:fs";
import { join } from "node:path";

export const SERVERS = join(import.meta.dirname, "../lab/servers");

interface ServerModule {
  /** Puts what the server needs into the cache, unless it is there. */
  readonly install?: () => Promise<unknown>;
}

/**
 * Installs the servers of the tests, one after the other: every file beside them that exports `install`. It is done
 * before the tests, because they do not have the proxy and certificates that a download may need.
 */
export async function installServers(signal: AbortSignal): Promise<void> {
  for (const file of readdirSync(SERVERS).filter((name) => name.endsWith(".ts"))) {
    const { install } = (await import(join(SERVERS, file))) as ServerModule;
    signal.throwIfAborted();
    await install?.();
  }
}
