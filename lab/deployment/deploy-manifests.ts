import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NAMES } from "../../generate/gitops/objects";
import { kubectl, tryKubectl } from "../control-plane/kubectl";
import type { Cluster, ControlPlane } from "../control-plane/types";
import { waitUntil } from "../control-plane/wait";
import { renderBuild } from "./rendered";
import { startKubelet, type Kubelet } from "../kubelet/kubelet";
import type { ModuleBuild } from "../operator/build-module";
import type { KubeApi } from "../operator/kube-api";
import { waitForAdmission } from "./wait-for-admission";

/** What to deploy, and where. */
export interface DeployOptions {
  readonly cluster: ControlPlane;
  readonly api: KubeApi;
  readonly build: ModuleBuild;
  /** Has node_modules, of which the framework's image is made. */
  readonly checkout: string;
  /** `KOLLECT_` settings. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An operator that runs from its manifests. */
export interface Deployed {
  readonly kubelet: Kubelet;
  /** Ends its processes. The objects stay in the cluster. */
  stop(): Promise<void>;
}

/** Long enough for a pod that is started again because it is no longer live, which the stand-in is slow to notice. */
const ROLL_OUT_MS = 300_000;

/**
 * Applies the kustomization that `npm run build` renders, by server-side apply with strict validation, and runs its
 * pods, the Job that makes its keys among them, until all are ready and tests are admitted.
 */
export async function deployManifests(options: DeployOptions): Promise<Deployed> {
  const { cluster, api, checkout, signal } = options;
  const directory = mkdtempSync(join(tmpdir(), "kollect-deployed-"));
  const pods = join(directory, "pods");
  const { namespace } = NAMES;
  const { serviceSocket } = cluster;
  const kubelet = startKubelet({ api, namespace, checkout, directory: pods, serviceSocket });
  const stop = async (): Promise<void> => {
    await kubelet.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const overlay = await writeOverlay(options, directory);
    await kubectl(cluster, ["apply", "--server-side", "--validate=strict", "-k", overlay], { signal });
    await rolledOut(cluster, kubelet, signal);
    await Promise.race([waitForAdmission(api, signal), kubelet.failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { kubelet, stop };
}

/**
 * Waits until all pods are those of the latest templates, and ready. The error says how far every pod is. Rejects too
 * when a pod cannot be run.
 */
export async function rolledOut(cluster: Cluster, kubelet: Kubelet, signal?: AbortSignal): Promise<void> {
  for (const name of [NAMES.operator, NAMES.watcher]) {
    const status = ["rollout", "status", `deployment/${name}`, "-n", NAMES.namespace, "--timeout=40s"];
    const wait = { what: `the roll-out of ${name}`, timeoutMs: ROLL_OUT_MS, signal };
    const done = waitUntil(
      wait,
      async () => (await tryKubectl(cluster, status, { signal })).code === 0 || undefined,
    ).catch(async (error: unknown) => {
      if (signal?.aborted) throw error;
      throw new Error(`${(error as Error).message}\n${await kubelet.describe()}`, { cause: error });
    });
    await Promise.race([done, kubelet.failed]);
  }
}

/** A kustomization with further settings on top of the rendered one, as docs/gitops.md tells people to write it. */
async function writeOverlay(
  { build, checkout, settings }: DeployOptions,
  directory: string,
): Promise<string> {
  await renderBuild(build, checkout, directory);
  const overlay = join(directory, "overlay");
  mkdirSync(overlay);
  const literals = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const { namespace, settings: name } = NAMES;
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: ["../gitops"],
    configMapGenerator: [{ name, namespace, behavior: "merge", literals }],
  };
  writeFileSync(join(overlay, "kustomization.yaml"), JSON.stringify(kustomization, undefined, 2));
  return overlay;
}
