import { closeSync, constants, createReadStream, openSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { usage } from "../command-failure";

/** One file that was read, with the name that messages use for it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Maximum input of all sources together, in bytes: more than a whole cluster's sinks and their Secrets. */
export const MAX_BYTES = 16 * 1024 * 1024;
/** Time between two attempts to end the wait of a named pipe, in milliseconds. */
const RELEASE_MS = 10;
const EXTENSIONS = [".yaml", ".yml", ".json"];

/** Bytes that may still be read. */
interface Budget {
  left: number;
}

/**
 * Reads files, the files of folders, and `-` for standard input. A file may be a pipe, and it may never end: the signal
 * and the maximum end the read. Throws `CommandFailure` for a missing file.
 */
export async function readSources(
  paths: readonly string[],
  stdin: Readable,
  signal: AbortSignal,
): Promise<Source[]> {
  if (paths.filter((path) => path === "-").length > 1) {
    throw usage("standard input can be read only once: pass - once");
  }
  const budget = { left: MAX_BYTES };
  const sources: Source[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    if (path === "-") {
      sources.push({ name: "standard input", text: await readAll(stdin, "standard input", budget, signal) });
    } else {
      for (const file of await filesOf(path)) {
        sources.push({ name: file, text: await readFile(file, budget, signal) });
      }
    }
  }
  return sources;
}

/** The path itself, or the files of a folder that can hold manifests. Folders in the folder are not read. */
async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => EXTENSIONS.includes(extname(name))).sort();
    const files = names.map((name) => join(path, name));
    const folders = await Promise.all(files.map(isFolder));
    const found = files.filter((_file, index) => !folders[index]);
    if (found.length > 0) return found;
  } catch (error) {
    throw unreadable(path, error);
  }
  throw usage(`${path} holds no file that ends in ${EXTENSIONS.join(", ")}`);
}

async function readFile(file: string, budget: Budget, signal: AbortSignal): Promise<string> {
  const isPipe = (await stat(file).catch(() => undefined))?.isFIFO() === true;
  const stream = createReadStream(file);
  try {
    return await readAll(stream, file, budget, signal);
  } finally {
    while (isPipe && signal.aborted && !stream.closed) {
      release(file);
      await delay(RELEASE_MS);
    }
  }
}

/** Ends the wait of a named pipe for its writer, which cannot be cancelled and would keep the process alive. */
function release(pipe: string): void {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Without a reader that waits, there is nothing to end.
  }
}

async function isFolder(path: string): Promise<boolean> {
  // Reading a file that is missing, such as the target of a link, says so with its name.
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function readAll(stream: Readable, name: string, budget: Budget, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const end = (act: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      stream.destroy();
      act();
    };
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    stream.on("data", (chunk: Buffer) => {
      budget.left -= chunk.length;
      if (budget.left < 0) end(() => reject(tooLarge(name)));
      else chunks.push(chunk);
    });
    stream.on("error", (error) => end(() => reject(unreadable(name, error))));
    stream.on("end", () => end(() => resolve(textOf(Buffer.concat(chunks)))));
  });
}

/** YAML is UTF-8, or UTF-16 with a byte order mark, as a redirect of Windows PowerShell writes it. */
function textOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString("hex");
  const encoding = mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

function unreadable(name: string, error: unknown): Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return usage(`${name} cannot be read (${code}): name a file, a folder, or - for standard input`);
}

function tooLarge(name: string): Error {
  const limit = MAX_BYTES / 1024 / 1024;
  return usage(`the input has more than ${limit} MiB with ${name}: pass only sinks and their Secrets`);
}
