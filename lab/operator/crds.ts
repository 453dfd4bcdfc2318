import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { KubeApi } from "./kube-api";
import { installCrd, readObject, readObjects } from "./objects";

/** Installs the CustomResourceDefinitions of a folder that the cluster lacks, and returns their names. */
export async function installMissingCrds(api: KubeApi, folder: string): Promise<string[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const crds = files.flatMap((name) => readObjects(join(folder, name)));
  const installed: string[] = [];
  for (const crd of crds.filter(({ kind }) => kind === "CustomResourceDefinition")) {
    if (await readObject(api, crd)) continue;
    await installCrd(api, crd);
    installed.push(crd.metadata.name);
  }
  return installed;
}
