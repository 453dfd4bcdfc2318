import { cp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGo, runGo } from "../../control-plane/go-toolchain";
import { ensureBuilt } from "../programs/built";

/** Manifests that a project publishes among the sources of its Go module. */
export interface Published {
  readonly name: string;
  /** Go module with its version, whose archive holds the manifests. */
  readonly module: string;
  /** Folder in the archive. */
  readonly folder: string;
}

const PUBLISHED: readonly Published[] = [
  {
    name: "cert-manager-crds",
    module: "github.com/cert-manager/cert-manager@v1.21.2",
    folder: "deploy/crds",
  },
  {
    name: "prometheus-operator-crds",
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    folder: "example/prometheus-operator-crd",
  },
];
const WANTED = /(certificates|issuers|servicemonitors|prometheusrules)\.yaml$/;

/** Files with the CustomResourceDefinitions of other projects' kinds that are rendered, as they publish them. */
export async function foreignCrds(): Promise<string[]> {
  const folders = await Promise.all(PUBLISHED.map(publishedFolder));
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  return files.flat().filter((file) => WANTED.test(file) && !file.includes("clusterissuers"));
}

/** A folder with the manifests, downloaded once. */
export async function publishedFolder({ name, module, folder }: Published): Promise<string> {
  const toolchain = await findGo(process.env, "1.26.0", name);
  return ensureBuilt({
    name,
    identity: [module, folder],
    duration: "some seconds",
    build: async (target) => {
      const lines = await runGo(["mod", "download", "-json", module], { toolchain, cwd: tmpdir() });
      const { Dir } = JSON.parse(lines.join("\n")) as { Dir: string };
      await cp(join(Dir, folder), target, { recursive: true });
    },
  });
}

export { foreignCrds as install };
