import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { findGo, runGo } from "../../control-plane/go-toolchain";
import { ensureBuilt } from "../programs/built";

/** Where the releases of Flux and Argo CD keep the CustomResourceDefinitions of the kinds that our recipes use. */
const CRDS = [
  {
    module: "github.com/fluxcd/kustomize-controller@v1.9.0",
    path: "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
  },
  { module: "github.com/argoproj/argo-cd/v3@v3.4.13", path: "manifests/crds/application-crd.yaml" },
];
const NAME = "gitops-crds";

/** Paths of the CustomResourceDefinitions of Flux' Kustomization and Argo CD's Application, downloaded once. */
export async function gitopsCrds(): Promise<string[]> {
  const toolchain = await findGo(process.env, "1.26.0", NAME);
  const folder = await ensureBuilt({
    name: NAME,
    identity: CRDS.flatMap(({ module, path }) => [module, path]),
    duration: "as long as a download of 60 MB",
    build: async (target) => {
      for (const { module, path } of CRDS) {
        // Outside any module, so that nothing else decides on the version.
        const printed = await runGo(["mod", "download", "-json", module], { toolchain, cwd: tmpdir() });
        const { Dir } = JSON.parse(printed.join("\n")) as { readonly Dir: string };
        await copyFile(join(Dir, path), join(target, basename(path)));
      }
    },
  });
  return CRDS.map(({ path }) => join(folder, basename(path)));
}

export { gitopsCrds as install };
