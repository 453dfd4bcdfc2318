import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { usage } from "../command-failure";

/** One file that was read, with the name that messages use for it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Maximum input, in bytes: more than a whole cluster's sinks and Secrets. */
const MAX_BYTES = 64 * 1024 * 1024;
const EXTENSIONS = [".yaml", ".yml", ".json"];

/** Reads files, the files of folders, and `-` for standard input. Throws `CommandFailure` for a missing file. */
export async function readSources(
  paths: readonly string[],
  stdin: Readable,
  signal: AbortSignal,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    if (path === "-") sources.push({ name: "standard input", text: await readStream(stdin, signal) });
    else sources.push(...(await readPath(path)));
  }
  return sources;
}

async function readPath(path: string): Promise<Source[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [await readOne(path, found.size)];
    const names = (await readdir(path)).filter((name) => EXTENSIONS.includes(extname(name))).sort();
    if (names.length === 0) throw usage(`${path} holds no file that ends in ${EXTENSIONS.join(", ")}`);
    return await Promise.all(
      names.map(async (name) => readOne(join(path, name), (await stat(join(path, name))).size)),
    );
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw usage(`${path} cannot be read (${code}): name a file, a folder, or - for standard input`);
  }
}

async function readOne(path: string, size: number): Promise<Source> {
  if (size > MAX_BYTES) throw tooLarge(path);
  return { name: path, text: await readFile(path, "utf8") };
}

function readStream(stream: Readable, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (act: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onAbort = (): void => {
      stream.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BYTES) end(() => reject(tooLarge("standard input")));
      else chunks.push(chunk);
    });
    stream.on("error", () => end(() => reject(usage("standard input cannot be read"))));
    stream.on("end", () => end(() => resolve(Buffer.concat(chunks).toString("utf8"))));
  });
}

function tooLarge(name: string): Error {
  return usage(`${name} is larger than 64 MiB: pass only sinks and their Secrets`);
}
