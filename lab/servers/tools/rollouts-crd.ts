import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGo, runGo } from "../../control-plane/go-toolchain";
import { ensureBuilt, wantsLongTests } from "../programs/built";

const MODULE = "github.com/argoproj/argo-rollouts@v1.10.1";
const FILE = "analysis-template-crd.yaml";

/** Path of the CustomResourceDefinition of Argo Rollouts' AnalysisTemplate, downloaded once. */
export async function analysisTemplateCrd(): Promise<string> {
  const toolchain = await findGo(process.env, "1.26.1", "Argo Rollouts");
  const folder = await ensureBuilt({
    name: "argo-rollouts-crd",
    identity: [MODULE, FILE],
    duration: "as long as a download of some MB",
    build: async (target) => {
      const printed = await runGo(["mod", "download", "-json", MODULE], { toolchain, cwd: tmpdir() });
      const { Dir } = JSON.parse(printed.join("\n")) as { readonly Dir: string };
      await copyFile(join(Dir, "manifests/crds", FILE), join(target, FILE));
    },
  });
  return join(folder, FILE);
}

/** Fills the cache when the long tests are asked for. */
export async function install(): Promise<void> {
  if (wantsLongTests()) await analysisTemplateCrd();
}
