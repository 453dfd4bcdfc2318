import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onFreePorts } from "../../control-plane/ports";
import { wantsLongTests } from "../programs/built";
import { startChild, type Child } from "../programs/child";
import { ownGoProgram } from "../programs/go-program";
import { publishedFolder } from "../tools/foreign-crds";

const NAME = "argo-cd";
/** A command around Argo CD's own, and the versions that it is built of. Release 3.2.12 does not compile as published. */
const SOURCES = fileURLToPath(new URL("go", import.meta.url));
const CRDS = {
  name: "argo-cd-crds",
  module: "github.com/argoproj/argo-cd/v3@v3.2.11",
  folder: "manifests/crds",
};

/** Where Argo CD has its own objects. */
export const ARGO_CD = "argocd";

/** Builds the program and downloads the kinds when that is asked for. */
export async function install(): Promise<void> {
  if (!wantsLongTests()) return;
  await program();
  await argoCdCrds();
}

function program(): Promise<string> {
  return ownGoProgram({
    name: NAME,
    sources: SOURCES,
    duration: "4 min, or much longer on a busy machine",
  });
}

/** Files with the CustomResourceDefinitions of Argo CD. */
export async function argoCdCrds(): Promise<string[]> {
  const folder = await publishedFolder(CRDS);
  const names = (await readdir(folder)).filter((name) => name.endsWith("-crd.yaml"));
  return names.map((name) => join(folder, name));
}

export interface ArgoCd {
  /** The end of the logs of its parts. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * Starts Argo CD's application controller, its repository server, and a server in place of Redis, against a cluster
 * that has its kinds and settings, as the user of the kubeconfig. Applications may name repositories of the file
 * system. The controller's metrics, of which it says where for a port alone, are the one thing that listens on more
 * than loopback. Rejects with the output of the part that does not start within a minute.
 */
export async function startArgoCd(kubeconfig: string): Promise<ArgoCd> {
  const command = await program();
  const cwd = await mkdtemp(join(tmpdir(), "kollect-argo-cd-"));
  const parts: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.reverse()) await part.stop();
    await rm(cwd, { recursive: true, force: true });
  };
  const start = async (args: readonly string[], ready: RegExp): Promise<void> => {
    const env = environment(cwd, kubeconfig);
    const options = { args, cwd, env, ready, readyWithinMs: 60_000, stopSignal: "SIGTERM" as const };
    parts.push(await startChild(command, options));
  };
  try {
    for (const folder of ["tls", "ssh", "gnupg", "plugins"]) await mkdir(join(cwd, folder));
    await onFreePorts(3, async ([redis = 0, repositories = 0, metrics = 0]) => {
      const addresses = [`127.0.0.1:${redis}`, `127.0.0.1:${repositories}`] as const;
      await start(["redis", addresses[0]], /listens at/);
      await start(
        [
          ...["repo-server", "--address=127.0.0.1", `--port=${repositories}`, `--redis=${addresses[0]}`],
          ...["--metrics-address=127.0.0.1", "--metrics-port=0", "--disable-tls"],
        ],
        /is listening on/,
      );
      await start(
        [
          ...["application-controller", `--namespace=${ARGO_CD}`, `--redis=${addresses[0]}`],
          ...[`--repo-server=${addresses[1]}`, "--repo-server-plaintext", `--metrics-port=${metrics}`],
        ],
        /appResyncPeriod=/,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { output: () => parts.map((part) => part.output()).join("\n"), stop };
}

/** The cluster of the kubeconfig stands for the one that Argo CD runs in, as in Argo CD's own end-to-end tests. */
function environment(cwd: string, kubeconfig: string): NodeJS.ProcessEnv {
  return {
    HOME: cwd,
    TMPDIR: cwd,
    HOSTNAME: "argocd-application-controller-0",
    KUBECONFIG: kubeconfig,
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_GPG_ENABLED: "false",
    ARGOCD_TLS_DATA_PATH: join(cwd, "tls"),
    ARGOCD_SSH_DATA_PATH: join(cwd, "ssh"),
    ARGOCD_GNUPGHOME: join(cwd, "gnupg"),
    ARGOCD_PLUGINSOCKFILEPATH: join(cwd, "plugins"),
    ARGOCD_ASK_PASS_SOCK: join(cwd, "ask-pass.sock"),
  };
}
