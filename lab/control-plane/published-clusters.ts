import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "./build-lock";
import { cacheDirectory } from "./cache-directory";
import { writePrivate } from "./credentials";
import type { ControlPlane } from "./types";

/** What is known of a cluster that `npm run cluster` has started. */
export interface PublishedCluster {
  readonly kubeconfig: string;
  readonly garbageCollector: boolean;
}

interface Note {
  readonly pid: number;
  readonly garbageCollector: boolean;
}

/**
 * Lets `--context NAME` find a cluster for as long as this process lives, with nothing exported. Returns what takes
 * it back. Removes what processes that are gone have left.
 */
export async function publishCluster(
  cluster: ControlPlane,
  env: NodeJS.ProcessEnv,
): Promise<() => Promise<void>> {
  await removeAbandoned(env);
  const folder = join(clustersFolder(env), cluster.context);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const note: Note = { pid: process.pid, garbageCollector: cluster.garbageCollector };
  await writePrivate(join(folder, "cluster.json"), JSON.stringify(note));
  await copyFile(cluster.kubeconfig, join(folder, "kubeconfig"));
  return async () => rm(folder, { recursive: true, force: true });
}

/** The published cluster of that name, or undefined. A context name that is no file name is not published. */
export function publishedCluster(context: string, env: NodeJS.ProcessEnv): PublishedCluster | undefined {
  if (!/^kollect-[0-9a-f]+$/.test(context)) return undefined;
  const folder = join(clustersFolder(env), context);
  const note = readNote(folder);
  return note && { kubeconfig: join(folder, "kubeconfig"), garbageCollector: note.garbageCollector };
}

function clustersFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(env), "clusters");
}

function readNote(folder: string): Note | undefined {
  const file = join(folder, "cluster.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Note) : undefined;
}

async function removeAbandoned(env: NodeJS.ProcessEnv): Promise<void> {
  const root = clustersFolder(env);
  const folders = existsSync(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  const abandoned = folders.filter((folder) => !isAlive(readNote(folder)?.pid ?? 0));
  await Promise.all(abandoned.map(async (folder) => rm(folder, { recursive: true, force: true })));
}
