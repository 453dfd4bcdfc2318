import { createHash } from "node:crypto";
import { access, readFile, readdir, rename, rm } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./build-lock";
import { type ProgressOutput, withProgress } from "./build-progress";
import { cacheDirectory } from "./cache-directory";
import { findGo, runGo, type Toolchain } from "./go-toolchain";
import type { Log } from "./types";

/** The release of Kubernetes that go.mod pins, as the API server reports it. */
export const KUBERNETES_VERSION = "v1.36.3";

const SOURCES = fileURLToPath(new URL("go", import.meta.url));
const NAME = "control-plane";
/** A cold build took 3.6 min on 2 cores. */
const CORE_MINUTES = 7;
/** How many modules `go list` downloads into an empty module cache. */
const MODULES = 160;

/** Settings of {@link ensureControlPlaneBinary}. */
export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  /** Standard error by default. */
  readonly log?: Log | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Returns the path of the control plane's program and builds it first when the cache does not have it.
 * Needs Go; the first build also needs Go's module proxy. Rejects with one line when Go is missing or too old,
 * and with the end of the compiler's output when the build fails.
 */
export async function ensureControlPlaneBinary(options: BuildOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const output = outputOf(options.log);
  const sources = await readSources();
  const toolchain = await findGo(env, requiredGo(sources));
  const folder = join(cacheDirectory(env), NAME);
  const binary = join(folder, cacheKey(sources, toolchain), NAME);
  if (await exists(binary)) return binary;
  return withLock(`${binary}.lock`, { signal: options.signal, log: output.log }, async () => {
    if (!(await exists(binary))) await build(binary, toolchain, { signal: options.signal, output });
    return binary;
  });
}

/** The Go that builds the control plane. Rejects with one line when it is missing or too old. */
export async function findControlPlaneGo(env: NodeJS.ProcessEnv): Promise<Toolchain> {
  return findGo(env, requiredGo(await readSources()));
}

function outputOf(log: Log | undefined): ProgressOutput {
  if (log) return { log };
  const terminal = process.stderr.isTTY ? process.stderr : undefined;
  return { log: (line) => void process.stderr.write(`${line}\n`), terminal };
}

async function readSources(): Promise<Map<string, string>> {
  const names = (await readdir(SOURCES)).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name)).sort();
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(SOURCES, name), "utf8")] as const),
    ),
  );
}

function requiredGo(sources: Map<string, string>): string {
  const version = /^go (\S+)$/m.exec(sources.get("go.mod") ?? "")?.[1];
  if (version === undefined) throw new Error(`${join(SOURCES, "go.mod")} has no go line`);
  return version;
}

function flags(): string[] {
  const [major, minor] = KUBERNETES_VERSION.slice(1).split(".");
  const values = {
    gitVersion: KUBERNETES_VERSION,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: "",
    gitTreeState: "clean",
  };
  const defined = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((name) =>
    Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`),
  );
  return ["-trimpath", "-buildvcs=false", "-ldflags", `-s -w ${defined.join(" ")}`];
}

function cacheKey(sources: Map<string, string>, go: Toolchain): string {
  const identity = JSON.stringify([[...sources], go.version, go.os, go.arch, flags()]);
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}

async function build(
  binary: string,
  toolchain: Toolchain,
  options: { readonly signal?: AbortSignal | undefined; readonly output: ProgressOutput },
): Promise<void> {
  const { signal, output } = options;
  const minutes = Math.ceil(CORE_MINUTES / cpus().length);
  output.log(
    `Building the Kubernetes ${KUBERNETES_VERSION} control plane with ${toolchain.version}. This happens once`,
  );
  output.log(
    `and takes about ${minutes} min on ${cpus().length} cores, after the download of its Go modules.`,
  );
  const go = { toolchain, cwd: SOURCES, signal };
  const packages = await withProgress("Downloading Go modules", MODULES, output, (onLine) =>
    runGo(["list", "-deps", "."], { ...go, onLine }),
  );
  const built = `${binary}.${process.pid}.tmp`;
  const startedAt = Date.now();
  try {
    await withProgress("Building packages", packages.length, output, (onLine) =>
      runGo(["build", "-v", ...flags(), "-o", built, "."], { ...go, onLine }),
    );
    await rename(built, binary);
  } finally {
    await rm(built, { force: true });
  }
  output.log(`Built the control plane in ${Math.round((Date.now() - startedAt) / 1000)} s: ${binary}`);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
