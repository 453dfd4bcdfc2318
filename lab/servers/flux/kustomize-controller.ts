import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wantsLongTests } from "../programs/built";
import { startChild, startInOwnFolder, type Child } from "../programs/child";
import { ownGoProgram } from "../programs/go-program";
import { publishedFolder } from "../tools/foreign-crds";

const NAME = "kustomize-controller";
/** Pins the versions that the controller is built of; Go refuses to install a module that replaces others. */
const SOURCES = fileURLToPath(new URL("go", import.meta.url));
const CRDS = [
  { name: "kustomize-controller-crds", module: "github.com/fluxcd/kustomize-controller@v1.9.6" },
  { name: "source-controller-crds", module: "github.com/fluxcd/source-controller@v1.9.0" },
];

/** Builds the program and downloads the kinds when that is asked for. */
export async function install(): Promise<void> {
  if (!wantsLongTests()) return;
  await program();
  await fluxCrds();
}

function program(): Promise<string> {
  return ownGoProgram({
    name: NAME,
    sources: SOURCES,
    command: "github.com/fluxcd/kustomize-controller",
    duration: "5 min, or much longer on a busy machine",
  });
}

/** Files with the CustomResourceDefinitions that the controller watches. */
export async function fluxCrds(): Promise<string[]> {
  const folders = await Promise.all(
    CRDS.map((each) => publishedFolder({ ...each, folder: "config/crd/bases" })),
  );
  const files = folders.map(async (folder) => (await readdir(folder)).map((file) => join(folder, file)));
  return (await Promise.all(files)).flat();
}

export type KustomizeController = Pick<Child, "output" | "stop">;

/**
 * Starts Flux' kustomize-controller against a cluster that has its kinds, as the user of the kubeconfig. It looks at
 * dependencies every second instead of every 30. Rejects with its output when it does not come up within a minute.
 */
export async function startKustomizeController(kubeconfig: string): Promise<KustomizeController> {
  const command = await program();
  return startInOwnFolder(NAME, (cwd) =>
    startChild(command, {
      args: ["--metrics-addr=0", "--health-addr=0", "--requeue-dependency=1s"],
      cwd,
      env: { HOME: cwd, TMPDIR: cwd, KUBECONFIG: kubeconfig, RUNTIME_NAMESPACE: "flux-system" },
      ready: /Starting workers/,
      readyWithinMs: 60_000,
      stopSignal: "SIGTERM",
    }),
  );
}
