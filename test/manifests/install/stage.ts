import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../../generate/gitops/objects";
import { cacheDirectory } from "../../../lab/control-plane/cache-directory";
import { startControlPlane } from "../../../lab/control-plane/control-plane";
import { established, kubectl } from "../../../lab/control-plane/kubectl";
import type { ControlPlane } from "../../../lab/control-plane/types";
import { foreignCrds } from "../../../lab/servers/tools/foreign-crds";
import { renderBuild, type Rendered } from "../../../lab/deployment/rendered";
import { buildModule, type ModuleBuild } from "../../../lab/operator/build-module";
import { runCommand } from "../../../lab/operator/run-command";
import { install as installHelm } from "../../../lab/servers/tools/helm";
import { ROOT } from "../../../lab/stage";

/** Arguments of kubectl that apply what comes on standard input under strict validation. */
export const STRICT = ["apply", "--server-side", "--validate=strict", "-f", "-"];

/** The parts of a kustomization, by the word that lists them. */
export type Parts = Partial<Record<"resources" | "components", readonly string[]>>;

/** What `npm run build` renders, and a real API server to apply it to. */
export interface InstallStage {
  readonly folder: string;
  readonly cluster: ControlPlane;
  readonly build: ModuleBuild;
  readonly rendered: Rendered;
  /** Runs Helm, and returns what it printed. */
  helm(...args: readonly string[]): Promise<string>;
  /** What a kustomization of these parts renders. */
  kustomize(parts: Parts): Promise<string>;
  /** Applies in a dry run, and returns the names of what was accepted. */
  accepted(manifests: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Builds, renders and starts everything; kinds of other projects that are rendered are there too. */
export async function startInstallStage(): Promise<InstallStage> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-install-"));
  const build = await buildModule({ root: ROOT, cacheDir: cacheDirectory(process.env), env: process.env });
  const rendered = await renderBuild(build, ROOT, folder);
  const [program, crds] = [await installHelm(), await foreignCrds()];
  const cluster = await startControlPlane({ audit: false, assets: process.env["KUBEBUILDER_ASSETS"] });
  const env = { PATH: process.env["PATH"], HOME: folder, KUBECONFIG: cluster.kubeconfig };
  const stop = async (): Promise<void> => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await kubectl(cluster, ["create", ...crds.flatMap((file) => ["-f", file])]);
    await established(cluster, ["crd", "--all"]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    cluster,
    build,
    rendered,
    stop,
    helm: (...args) => runCommand({ command: program, args, cwd: folder, env, timeoutMs: 60_000 }),
    kustomize: async (parts) => kubectl(cluster, ["kustomize", await overlay(folder, parts)]),
    accepted: async (input) => {
      const args = [...STRICT, "--dry-run=server", "-o", "name"];
      return (await kubectl(cluster, args, { input })).trim().split("\n");
    },
  };
}

async function overlay(folder: string, { resources = [], components = [] }: Parts): Promise<string> {
  const made = await mkdtemp(join(folder, "overlay-"));
  const path = (part: string): string => join("../gitops", part);
  const content = { resources: resources.map(path), components: components.map(path) };
  await writeFile(join(made, "kustomization.yaml"), JSON.stringify(content));
  return made;
}

/** Every document of a text. */
export function objectsOf(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.contents === null ? [] : [document.toJS() as KubeObject];
  });
}

/** Namespaces as documents. */
export function namespaces(...names: readonly string[]): string {
  const objects = names.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  return objects.map((each) => JSON.stringify(each)).join("\n---\n");
}
