import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CHART, chartFiles } from "../../generate/helm/chart";
import { gitopsFiles } from "../../generate/gitops/gitops";
import type { RenderedFile } from "../../generate/gitops/objects";
import { readSource } from "../../generate/gitops/source";
import { writeFolder } from "../../generate/gitops/write";
import type { ModuleBuild } from "../operator/build-module";

/** What `npm run build` renders, in a folder. */
export interface Rendered {
  /** The kustomization. */
  readonly gitops: string;
  /** The chart. */
  readonly chart: string;
  readonly files: readonly RenderedFile[];
}

/** Renders a build's manifests, as `npm run build` does, below the folder. `root` is the checkout of the build. */
export async function renderBuild(build: ModuleBuild, root: string, folder: string): Promise<Rendered> {
  const { manifestsPath, bundlePath } = build;
  const source = await readSource({ root, manifests: manifestsPath, bundle: bundlePath });
  const [gitops, chart] = [join(folder, "gitops"), join(folder, "helm", CHART)];
  const [kustomization, templates] = [gitopsFiles(source), chartFiles(source)];
  await writeFolder(gitops, kustomization);
  await writeFolder(chart, templates);
  const files = [
    ...kustomization.map(([path, content]): RenderedFile => [`gitops/${path}`, content]),
    ...templates.map(([path, content]): RenderedFile => [`helm/${path}`, content]),
  ];
  return { gitops, chart, files };
}

/** Text of one rendered file. */
export function textOf({ gitops }: Rendered, path: string): Promise<string> {
  return readFile(join(gitops, path), "utf8");
}
