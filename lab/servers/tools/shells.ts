import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { librariesIn, possibleDebianPrograms, type MissingProgram } from "../programs/debian";

/** A shell, as Debian packages it. */
export interface Shell {
  readonly path: string;
  /** What its environment must have. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Zsh extends Shell {
  /** What `.zshenv` must have: zsh takes the path of its modules from no environment. */
  readonly zshenv: string;
}

export async function install(): Promise<void> {
  await findZsh();
  await findFish();
}

/** The zsh of the tests, or why there is none. */
export async function findZsh(): Promise<Zsh | MissingProgram> {
  const found = await possibleDebianPrograms({ name: "zsh", packages: ["zsh", "zsh-common"] });
  if ("missing" in found) return found;
  const functions = await foldersIn(join(found.folder, "usr/share/zsh/functions"));
  const versions = join(await librariesIn(found.folder), "zsh");
  const [version = ""] = await readdir(versions);
  return {
    path: join(found.folder, "bin/zsh"),
    env: { FPATH: functions.join(":") },
    zshenv: `module_path=(${join(versions, version)})\n`,
  };
}

/** The fish of the tests, or why there is none. */
export async function findFish(): Promise<Shell | MissingProgram> {
  const packages = ["fish", "fish-common", "libpcre2-32-0"];
  const found = await possibleDebianPrograms({ name: "fish", packages });
  if ("missing" in found) return found;
  const env = { LD_LIBRARY_PATH: await librariesIn(found.folder) };
  return { path: join(found.folder, "usr/bin/fish"), env };
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ path, name }) => join(path, name));
}
