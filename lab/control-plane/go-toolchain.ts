import { execFile, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { isCode } from "./build-lock";
import { endWithThisProcess } from "./end-with-this-process";
import { sendSignal } from "./send-signal";

/** The Go on the PATH, and the environment it builds in. */
export interface Toolchain {
  /** As `go env GOVERSION` says it, for example go1.26.8. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How {@link runGo} runs. */
export interface GoRun {
  readonly toolchain: Toolchain;
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  /** Called for each line of standard error, where `go build -v` names each package. */
  readonly onLine?: () => void;
}

const QUOTED_LINES = 20;
const run = promisify(execFile);

/** The person's Go settings must not change what is built; GOPROXY and the like decide only where modules come from. */
export async function findGo(
  env: NodeJS.ProcessEnv,
  required: string,
  what = "The control plane",
): Promise<Toolchain> {
  const own = { ...env, GOTOOLCHAIN: "local", GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" };
  const hint = `${what} is built with Go ${required} or newer (https://go.dev/dl)`;
  let stdout: string;
  try {
    ({ stdout } = await run("go", ["env", "GOVERSION", "GOOS", "GOARCH"], { env: own, cwd: tmpdir() }));
  } catch (error) {
    if (isCode(error, "ENOENT"))
      throw new Error(`${hint}, but there is no go on the PATH.`, { cause: error });
    throw error;
  }
  const [version = "", os = "", arch = ""] = stdout.split("\n");
  if (isOlder(version, required)) throw new Error(`${hint}, but the go on the PATH is ${version}.`);
  return { version, os, arch, env: own };
}

/** Compares `go1.26.8` with `1.26.0`. */
export function isOlder(version: string, required: string): boolean {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [have, need] = [numbers(version), numbers(required)];
  const at = [0, 1, 2].find((index) => (have[index] ?? 0) !== (need[index] ?? 0));
  return at !== undefined && (have[at] ?? 0) < (need[at] ?? 0);
}

/** Runs a go command to its end and returns the lines of its output. Rejects with the end of what it complained of. */
export async function runGo(args: readonly string[], options: GoRun): Promise<string[]> {
  options.signal?.throwIfAborted();
  const child = spawn("go", [...args], { cwd: options.cwd, env: options.toolchain.env, detached: true });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const release = child.pid === undefined ? () => undefined : endWithThisProcess(child.pid);
  // The compilers that go has started are in its process group.
  const abort = (): void => void (child.pid && sendSignal(-child.pid, "SIGTERM"));
  options.signal?.addEventListener("abort", abort, { once: true });
  const printed: string[] = [];
  const problems: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => printed.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => {
    problems.push(line);
    options.onLine?.();
  });
  try {
    const code = await ended;
    options.signal?.throwIfAborted();
    if (code !== 0) throw new Error(`go ${args[0]} failed:\n${problems.slice(-QUOTED_LINES).join("\n")}`);
    return printed;
  } finally {
    release();
    options.signal?.removeEventListener("abort", abort);
  }
}
