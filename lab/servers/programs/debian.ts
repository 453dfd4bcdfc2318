import { execFile } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureBuilt } from "./built";

/** Programs that Debian and Ubuntu have as packages. */
export interface DebianPrograms {
  /** Name of their folder in the cache. */
  readonly name: string;
  /** Their packages, with the libraries that a machine may lack. `a|b` is the first of them that the release has. */
  readonly packages: readonly string[];
}

const WITHIN_MS = 300_000;

const run = promisify(execFile);

/**
 * Folder with the packages, unpacked: that needs no root and installs nothing on the machine. Rejects where apt-get
 * cannot download them.
 */
export function debianPrograms({ name, packages }: DebianPrograms): Promise<string> {
  return ensureBuilt({
    name,
    identity: [...packages, process.arch],
    duration: "some seconds",
    build: async (folder) => {
      await downloadInto(folder, packages).catch((error: unknown) => {
        const hint = `apt-get could not download ${name}. It needs Debian or Ubuntu.`;
        throw new Error(hint, { cause: error });
      });
      const archives = (await readdir(folder)).filter((entry) => entry.endsWith(".deb"));
      for (const archive of archives) {
        await run("dpkg", ["-x", archive, folder], { cwd: folder, timeout: WITHIN_MS });
        await rm(join(folder, archive));
      }
    },
  });
}

/** Why a program cannot be had on this machine, as the reason of skipped tests. */
export interface MissingProgram {
  readonly missing: string;
}

/** The folder, or why there is none, for tests that are skipped without the programs. */
export async function possibleDebianPrograms(
  programs: DebianPrograms,
): Promise<{ readonly folder: string } | MissingProgram> {
  try {
    return { folder: await debianPrograms(programs) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** The folder of libraries among unpacked packages, such as `…/usr/lib/x86_64-linux-gnu`. */
export async function librariesIn(folder: string): Promise<string> {
  const entries = await readdir(join(folder, "usr/lib"));
  return join(folder, "usr/lib", entries.find((entry) => entry.includes("-linux-")) ?? "");
}

/** With lists of packages of its own, so that it needs neither root nor an `apt-get update` before. */
async function downloadInto(folder: string, packages: readonly string[]): Promise<void> {
  const own = join(folder, "apt");
  await mkdir(join(own, "lists/partial"), { recursive: true });
  await mkdir(join(own, "archives/partial"), { recursive: true });
  const folders = [`Dir::State::Lists=${own}/lists`, `Dir::Cache=${own}`];
  const settings = [...folders, "APT::Sandbox::User=", "Acquire::Retries=0", "Acquire::http::Timeout=20"];
  const options = { cwd: folder, timeout: WITHIN_MS, maxBuffer: 64 * 1024 * 1024 };
  const apt = (program: string, ...args: string[]): Promise<{ stdout: string }> =>
    run(program, ["-q", ...settings.flatMap((setting) => ["-o", setting]), ...args], options);
  await apt("apt-get", "update");
  const known = new Set((await apt("apt-cache", "pkgnames")).stdout.split("\n"));
  const chosen = packages.map((names) => names.split("|").find((name) => known.has(name)) ?? names);
  await apt("apt-get", "download", ...chosen);
  await rm(own, { recursive: true, force: true });
}
