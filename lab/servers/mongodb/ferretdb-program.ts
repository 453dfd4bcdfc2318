import { chmod, cp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGo, runGo, type Toolchain } from "../../control-plane/go-toolchain";
import { ensureBuilt } from "../programs/built";

const NAME = "ferretdb";
const MODULE = "github.com/FerretDB/FerretDB";
const VERSION = "v1.24.2";
const FLAGS = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags=ferretdb_no_postgresql"];

/**
 * Path of the server, built once. `go install` cannot build it: the module as published lacks a file that its
 * sources embed, so a copy of the module is built with that file added.
 */
export async function ferretdbProgram(): Promise<string> {
  const toolchain = await findGo(process.env, "1.24.0", NAME);
  const folder = await ensureBuilt({
    name: NAME,
    identity: [MODULE, VERSION, ...FLAGS, toolchain.version, toolchain.os, toolchain.arch],
    duration: "about 1 min",
    build: (target) => build(target, toolchain),
  });
  return join(folder, NAME);
}

async function build(target: string, toolchain: Toolchain): Promise<void> {
  const sources = join(target, "sources");
  await cp(await download(toolchain), sources, { recursive: true });
  await makeWritable(sources);
  await writeFile(join(sources, "build/version/version.txt"), `${VERSION}\n`);
  await runGo(["build", ...FLAGS, "-o", join(target, NAME), "./cmd/ferretdb"], { toolchain, cwd: sources });
  await rm(sources, { recursive: true });
}

async function download(toolchain: Toolchain): Promise<string> {
  const lines = await runGo(["mod", "download", "-json", `${MODULE}@${VERSION}`], {
    toolchain,
    cwd: tmpdir(),
  });
  const { Dir } = JSON.parse(lines.join("\n")) as { Dir: string };
  return Dir;
}

/** Folders of the module cache are read-only, and so are copies of them. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}

export { ferretdbProgram as install };
