import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { bundleBootstrap } from "./bootstrap-bundle";
import { readFramework, type FrameworkOutput } from "./framework";
import { packModule, requireSameModule, type PackedModule } from "./module-secret";
import type { RenderedFile } from "./objects";
import { service, settingsOf, webhookConfiguration, workload } from "./workloads";

/** All inputs for rendering an installation. */
export interface InstallSource {
  readonly framework: FrameworkOutput;
  readonly module: PackedModule;
  /** The program of the bootstrap Job. */
  readonly bootstrap: string;
  /** The framework's image. */
  readonly image: string;
  /** Version of package.json. */
  readonly version: string;
  readonly description: string;
  /** Settings of package.json, with the differences for an installation from manifests. */
  readonly settings: Readonly<Record<string, string>>;
  /** Files that are written by hand, by the name of their folder in config/. */
  readonly handwritten: Readonly<Record<string, readonly RenderedFile[]>>;
}

export interface SourceOptions {
  /** The checkout. */
  readonly root: string;
  /** Path of the framework's manifests. */
  readonly manifests: string;
  /** Path of the module. */
  readonly bundle: string;
}

/** Files of folders of config/ that are copied unchanged into the output, if they exist. */
const HANDWRITTEN: Readonly<Record<string, RegExp>> = {
  "argo-cd": /^argocd-cm.*\.yaml$/,
  "network-policy": /\.yaml$/,
};

/** Reads the output of `pepr build`, and the files of the checkout that are added to it. */
export async function readSource({ root, manifests, bundle }: SourceOptions): Promise<InstallSource> {
  const framework = readFramework(await readFile(manifests, "utf8"));
  const module = await packModule(await readFile(bundle));
  requireSameModule(module, framework.admission);
  const { version, description } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    version: string;
    description: string;
  };
  const there = (await readdir(join(root, "config"))).filter((name) => name in HANDWRITTEN).sort();
  const folders = there.map(async (name) => [name, await filesOf(join(root, "config", name))]);
  return {
    framework,
    module,
    version,
    description,
    bootstrap: await bundleBootstrap(root),
    image: framework.admission.spec?.template.spec?.containers[0]?.image ?? "",
    // An installation from Git has the CRDs among its manifests.
    settings: { KOLLECT_INSTALL_CRDS: "false", ...settingsOf(framework.admission) },
    handwritten: Object.fromEntries(await Promise.all(folders)) as InstallSource["handwritten"],
  };
}

async function filesOf(folder: string): Promise<RenderedFile[]> {
  const wanted = HANDWRITTEN[basename(folder)];
  const names = (await readdir(folder)).filter((name) => wanted?.test(name)).sort();
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const));
}

/** The framework's objects as they are installed. */
export interface Workloads {
  readonly admission: FrameworkOutput["admission"];
  readonly watcher: FrameworkOutput["watcher"];
  readonly services: FrameworkOutput["services"];
  readonly webhooks: FrameworkOutput["webhooks"];
}

/** See {@link workload}. */
export function workloadsOf({ framework }: InstallSource, moduleInImage = false): Workloads {
  return {
    admission: workload(framework.admission, { moduleInImage }),
    watcher: workload(framework.watcher, { moduleInImage }),
    services: framework.services.map(service),
    webhooks: framework.webhooks.map(webhookConfiguration),
  };
}
