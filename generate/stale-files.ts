import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

async function current(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Paths of files that are missing below `root` or have other content there. */
export async function staleFiles(
  root: string,
  files: ReadonlyArray<[path: string, content: string]>,
): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, content] of files) {
    if ((await current(join(root, path))) !== content) stale.push(path);
  }
  return stale;
}

/** Writes the stale files, creates their folders, and returns their paths. Other files keep their modification times. */
export async function writeStaleFiles(
  root: string,
  files: ReadonlyArray<[path: string, content: string]>,
): Promise<string[]> {
  const stale = await staleFiles(root, files);
  for (const [path, content] of files.filter(([each]) => stale.includes(each))) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return stale;
}
