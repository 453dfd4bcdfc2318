import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

const KEEP_MS = 24 * 3_600_000;

/** Marks `used` as used now and removes the folders beside it that have not been used for a day. */
export function pruneCache(folder: string, used: string): void {
  const now = Date.now();
  utimesSync(used, now / 1000, now / 1000);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}
