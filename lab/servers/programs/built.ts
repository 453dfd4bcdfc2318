import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../../control-plane/build-lock";
import { cacheDirectory } from "../../control-plane/cache-directory";
import type { Log } from "../../control-plane/types";

export interface Building {
  /** Folder name in the cache, such as `nats-server`. */
  readonly name: string;
  /** Everything that the result depends on; the cache's key. */
  readonly identity: readonly string[];
  /** For the line that says that it takes a while, such as "about 40 s". */
  readonly duration: string;
  readonly log?: Log;
  /** Puts the result into the empty folder. */
  readonly build: (folder: string) => Promise<void>;
}

/**
 * The folder that `build` once filled: kept in the cache outside the checkout, built by one process at a
 * time, and never seen half done.
 */
export async function ensureBuilt(options: Building): Promise<string> {
  const { name, identity, log = (line) => void process.stderr.write(`${line}\n`) } = options;
  const key = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
  const result = join(cacheDirectory(process.env), "servers", `${name}-${key}`);
  if (await exists(result)) return result;
  return withLock(`${result}.lock`, { log, what: name }, async () => {
    if (await exists(result)) return result;
    log(`Installing ${name} for the tests; this happens once and takes ${options.duration}.`);
    await mkdir(dirname(result), { recursive: true });
    const partial = await mkdtemp(`${result}.`);
    try {
      await options.build(partial);
      await rename(partial, result);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    return result;
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether the cache has a folder of this name, of whatever version: starting it will hardly have to build anything. */
export async function isBuilt(name: string): Promise<boolean> {
  const folder = join(cacheDirectory(process.env), "servers");
  const entries = (await exists(folder)) ? await readdir(folder) : [];
  return entries.some(
    (entry) => entry.startsWith(`${name}-`) && /^[0-9a-f]{16}$/.test(entry.slice(name.length + 1)),
  );
}

/** Whether `npm run test:long` runs: it alone has the tests build what takes long. */
export function wantsLongTests(): boolean {
  return process.env["KOLLECT_LONG_TESTS"] === "true";
}
