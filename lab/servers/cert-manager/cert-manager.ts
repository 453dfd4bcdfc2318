import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wantsLongTests } from "../programs/built";
import { startChild, startInOwnFolder, type Child } from "../programs/child";
import { ownGoProgram } from "../programs/go-program";
import { publishedFolder } from "../tools/foreign-crds";

const NAME = "cert-manager";
/** The command around cert-manager's own controllers, and the versions that it is built of. */
const SOURCES = fileURLToPath(new URL("go", import.meta.url));

/** Builds the program when that is asked for. */
export async function install(): Promise<void> {
  if (wantsLongTests()) await program();
}

function program(): Promise<string> {
  return ownGoProgram({ name: NAME, sources: SOURCES, duration: "2 min" });
}

/** Files with all of cert-manager's CustomResourceDefinitions. */
export async function certManagerCrds(): Promise<string[]> {
  const module = "github.com/cert-manager/cert-manager@v1.21.2";
  const folder = await publishedFolder({ name: "cert-manager-crds", module, folder: "deploy/crds" });
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  return names.map((name) => join(folder, name));
}

/**
 * Starts cert-manager's controllers and its injector of CAs against a cluster that has its kinds, as the user of the
 * kubeconfig. Its own webhook is not part of it. Rejects with its output when it does not start within a minute.
 */
export async function startCertManager(kubeconfig: string): Promise<Pick<Child, "output" | "stop">> {
  const command = await program();
  return startInOwnFolder(NAME, (cwd) =>
    startChild(command, {
      args: [`--kubeconfig=${kubeconfig}`],
      cwd,
      env: { HOME: cwd, TMPDIR: cwd },
      ready: /controllers started/,
      readyWithinMs: 60_000,
      stopSignal: "SIGTERM",
    }),
  );
}
