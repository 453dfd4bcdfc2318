import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./markdown";

const FOLDERS = ["capabilities", "cli", "generate", "bootstrap", "lab", "scripts", "test"];
const MAX_FILES = 15;
const MAX_LINES = 280;
/** Generated files say so in their first line. */
const GENERATED = /generated/i;

interface Folder {
  readonly path: string;
  readonly files: readonly string[];
}

/** A folder with those below it, and the TypeScript that each holds directly. */
function foldersOf(path: string): Folder[] {
  const entries = readdirSync(path, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  const below = entries.filter((entry) => entry.isDirectory());
  return [
    { path, files: files.map(({ name }) => join(path, name)) },
    ...below.flatMap(({ name }) => foldersOf(join(path, name))),
  ];
}

const fromRoot = (path: string): string => relative(ROOT, path);

describe("what a reader can hold in mind at once", () => {
  it(`is a folder of capabilities with at most ${MAX_FILES} files`, () => {
    const folders = foldersOf(join(ROOT, "capabilities"));
    expect(folders.length).toBeGreaterThan(20);
    const full = folders.filter(({ files }) => files.length > MAX_FILES);
    expect(full.map(({ path, files }) => `${fromRoot(path)}: ${files.length}`)).toEqual([]);
  });

  it(`is a file with at most ${MAX_LINES} lines`, () => {
    const files = FOLDERS.flatMap((name) => foldersOf(join(ROOT, name))).flatMap((folder) => folder.files);
    expect(files.length).toBeGreaterThan(500);
    const long = files.flatMap((file) => {
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      const isTooLong = lines.length > MAX_LINES && !GENERATED.test(lines[0] ?? "");
      return isTooLong ? [`${fromRoot(file)}: ${lines.length}`] : [];
    });
    expect(long).toEqual([]);
  });
});
