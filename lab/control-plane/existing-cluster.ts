import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { componentsFromBuild } from "./components";
import { writeKubeconfig } from "./kubeconfig";
import { publishedCluster } from "./published-clusters";
import { personalFiles, readContext } from "./read-kubeconfig";
import type { ExistingCluster, Log } from "./types";

/** Settings of {@link useContext}. */
export interface ContextOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly log?: Log | undefined;
}

/**
 * The cluster of a kubeconfig context that a person has named. The context is looked for in the files of
 * `KUBECONFIG`, or in `~/.kube/config`, and then among the clusters that `npm run cluster` has started. Nothing else
 * of those files is used: the cluster gets a kubeconfig of its own with this one context, which `stop` removes.
 * Rejects when there is no such context; does not ask the cluster anything.
 */
export async function useContext(name: string, options: ContextOptions): Promise<ExistingCluster> {
  const { env } = options;
  const published = publishedCluster(name, env);
  const { file, cluster, user, namespace } = await readContext(name, [
    ...personalFiles(env),
    ...(published === undefined ? [] : [published.kubeconfig]),
  ]);
  const folder = await mkdtemp(join(tmpdir(), "kollect-context-"));
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const kubeconfig = join(folder, "kubeconfig");
    await writeKubeconfig(kubeconfig, { context: name, cluster, user, namespace });
    return {
      origin: "context",
      kubeconfig,
      context: name,
      url: String(cluster.server),
      kubectl: await findKubectl(folder, options),
      garbageCollector: file !== published?.kubeconfig || published.garbageCollector,
      stop: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function findKubectl(folder: string, options: ContextOptions): Promise<string> {
  const { PATH = "", KUBEBUILDER_ASSETS } = options.env;
  for (const place of [...PATH.split(delimiter), KUBEBUILDER_ASSETS ?? ""].filter((path) => path !== "")) {
    const file = join(place, "kubectl");
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return (await componentsFromBuild(folder, options)).kubectl;
}
