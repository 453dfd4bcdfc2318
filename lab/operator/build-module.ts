import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { readBindings } from "./bindings";
import { pruneCache } from "./prune-cache";
import { readObjects } from "./objects";
import { runCommand } from "./run-command";
import { hashSources } from "./source-hash";

/** What `pepr build` made of the module. */
export interface ModuleBuild {
  readonly uuid: string;
  /** `pepr-` and the uuid: the name of the Deployment, ServiceAccount, ClusterRole and webhook configurations. */
  readonly name: string;
  readonly bundlePath: string;
  /** SHA-256 of the bundle, which names it in the Deployment. */
  readonly hash: string;
  /** The generated manifests in one YAML file. It holds private keys. */
  readonly manifestsPath: string;
  /** The secret part of the webhooks' URL. */
  readonly apiPath: string;
  /** How many watches the watcher opens. */
  readonly watches: number;
  /** Bytes of the bundle as the module's Secret holds it: gzip, then base64. The framework refuses more than 1 MiB. */
  readonly secretBytes: number;
}

/** What to build and where to keep it. */
export interface BuildOptions {
  /** The folder of pepr.ts, package.json and node_modules. */
  readonly root: string;
  /** Builds are kept below it by the content of their sources, and used again. */
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What goes into the bundle or decides what it becomes. */
const SOURCES = ["pepr.ts", "capabilities", "package.json", "package-lock.json", "tsconfig.json"];
const BUILD_TIMEOUT_MS = 180_000;

/**
 * Builds the module by `pepr build` in a copy of its sources outside the checkout, so that nothing of the checkout's
 * dist/ changes and no half-written test can fail the framework's type check. Rejects with its output when it fails.
 */
export async function buildModule(options: BuildOptions): Promise<ModuleBuild> {
  const root = resolve(options.root);
  for (const name of ["pepr.ts", "package.json", "node_modules/pepr"]) {
    if (!existsSync(join(root, name)))
      throw new Error(`${join(root, name)} is missing: run npm ci in the project`);
  }
  const modules = join(resolve(options.cacheDir), "modules");
  const stage = join(modules, hashSources(root, SOURCES));
  if (!existsSync(stage)) await buildInto(stage, root, options);
  pruneCache(modules, stage);
  return describeBuild(stage);
}

async function buildInto(stage: string, root: string, options: BuildOptions): Promise<void> {
  options.log?.("Building the module with pepr build");
  const started = Date.now();
  const draft = `${stage}.${randomBytes(4).toString("hex")}`;
  try {
    stageSources(draft, root);
    await peprBuild(draft, options);
    const bindings = await readBindings(bundleOf(draft), options.env);
    writeFileSync(join(draft, "bindings.json"), JSON.stringify(bindings));
    keep(draft, stage);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  options.log?.(`Built the module in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

function stageSources(draft: string, root: string): void {
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  cpSync(join(root, "capabilities"), join(draft, "capabilities"), { recursive: true });
  for (const name of ["pepr.ts", "package.json"]) copyFileSync(join(root, name), join(draft, name));
  symlinkSync(join(root, "node_modules"), join(draft, "node_modules"));
  const config = { extends: join(root, "tsconfig.json"), include: ["pepr.ts", "capabilities"] };
  writeFileSync(join(draft, "tsconfig.json"), JSON.stringify(config));
}

async function peprBuild(draft: string, options: BuildOptions): Promise<void> {
  const args = [join(draft, "node_modules/pepr/dist/cli.js"), "build", "--output", "out"];
  const { env, signal } = options;
  const run = { command: process.execPath, args, cwd: draft, env, timeoutMs: BUILD_TIMEOUT_MS, signal };
  const output = await runCommand(run);
  // A module that ends without reporting its bindings makes pepr build end with code 0 and without manifests.
  if (!existsSync(manifestsOf(draft)))
    throw new Error(`pepr build wrote no manifests. It printed:\n${output}`);
}

/** Another run may have finished the same build meanwhile: either result is good. */
function keep(draft: string, stage: string): void {
  try {
    renameSync(draft, stage);
  } catch (error) {
    if (!existsSync(stage)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}

function describeBuild(stage: string): ModuleBuild {
  const uuid = uuidOf(stage);
  const name = `pepr-${uuid}`;
  const bundle = readFileSync(bundleOf(stage));
  const { watches } = JSON.parse(readFileSync(join(stage, "bindings.json"), "utf8")) as { watches: number };
  return {
    uuid,
    name,
    bundlePath: bundleOf(stage),
    hash: createHash("sha256").update(bundle).digest("hex"),
    manifestsPath: manifestsOf(stage),
    apiPath: readApiPath(manifestsOf(stage), `${name}-api-path`),
    watches,
    secretBytes: 4 * Math.ceil(gzipSync(bundle).length / 3),
  };
}

function uuidOf(stage: string): string {
  const { pepr } = JSON.parse(readFileSync(join(stage, "package.json"), "utf8")) as {
    pepr?: { uuid?: string };
  };
  if (!pepr?.uuid)
    throw new Error(`package.json in ${dirname(stage)} needs pepr.uuid, which names the installation`);
  return pepr.uuid;
}

function bundleOf(stage: string): string {
  return join(stage, "out", `pepr-${uuidOf(stage)}.js`);
}

function manifestsOf(stage: string): string {
  return join(stage, "out", `pepr-module-${uuidOf(stage)}.yaml`);
}

function readApiPath(manifests: string, secret: string): string {
  const found = readObjects(manifests).find(
    ({ kind, metadata }) => kind === "Secret" && metadata.name === secret,
  );
  const value = (found?.["data"] as { value?: string } | undefined)?.value;
  if (!value) throw new Error(`${manifests} holds no Secret ${secret} with the webhooks' path`);
  return Buffer.from(value.trim(), "base64").toString("utf8");
}
