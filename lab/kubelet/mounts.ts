import { mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeApiError } from "../operator/kube-api";
import type { Configuration } from "./configuration";
import type { Pod, Volume } from "./pod";
import { fillVolume } from "./volumes";

const RETRY_MS = 200;
/** A kubelet takes a minute or more. */
const REFRESH_MS = 2_000;

/** Lays out a pod's volumes below the folder that stands for its root, waiting for what they name. */
export async function mountVolumes(where: Configuration, root: string, signal: AbortSignal): Promise<void> {
  for (const volume of where.pod.spec.volumes ?? []) {
    await untilFound(() => fillVolume(where, volume, folderOf(where.pod, volume, root)), signal);
    if (signal.aborted) return;
    for (const { mountPath, subPath } of mountsOf(where.pod, volume)) {
      const folder = folderOf(where.pod, volume, root);
      // What is mounted by a path inside a volume does not change with it.
      show(subPath ? realpathSync(join(folder, subPath)) : folder, join(root, mountPath));
    }
  }
}

/** Writes what changes of Secrets and ConfigMaps into the volumes of a running pod, until the signal. */
export async function refreshVolumes(where: Configuration, root: string, signal: AbortSignal): Promise<void> {
  const volumes = (where.pod.spec.volumes ?? []).filter(({ secret, configMap }) => secret ?? configMap);
  for (;;) {
    await pause(REFRESH_MS, signal);
    if (signal.aborted) return;
    for (const volume of volumes) {
      // While the object is gone or the API server is not there, a pod keeps the files that it has.
      await fillVolume(where, volume, folderOf(where.pod, volume, root)).catch(() => undefined);
    }
  }
}

/** At its first mount, because Node.js looks for packages above the real path of a program. */
function folderOf(pod: Pod, volume: Volume, root: string): string {
  const whole = mountsOf(pod, volume).find(({ subPath }) => !subPath);
  return join(root, whole?.mountPath ?? join("volumes", volume.name));
}

function mountsOf({ spec }: Pod, volume: Volume): { mountPath: string; subPath?: string }[] {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .filter(({ name }) => name === volume.name);
}

/** Where several containers mount the same volume, all of them see the same files. */
function show(target: string, link: string): void {
  if (link === target) return;
  rmSync(link, { recursive: true, force: true });
  mkdirSync(join(link, ".."), { recursive: true });
  symlinkSync(target, link);
}

async function untilFound(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof KubeApiError && error.status === 404)) throw error;
      await pause(RETRY_MS, signal);
    }
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined); // the signal ends the wait
}
