import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "../control-plane/managed-process";
import { isTransient, type KubeApi } from "../operator/kube-api";
import { unpackImage } from "./image";
import { podPath, type Pod } from "./pod";
import { runPod, type RunningPod, type Site } from "./run-pod";
import { ServiceRoutes } from "./service-routes";

/** What to run, and where. */
export interface KubeletOptions {
  readonly api: KubeApi;
  /** Pods of other namespaces are left alone. */
  readonly namespace: string;
  /** Has node_modules, of which the image is made. */
  readonly checkout: string;
  /** Files and logs of the pods. */
  readonly directory: string;
  /** Path of the socket at which the API server asks for connections to Services. */
  readonly serviceSocket: string;
}

/** A stand-in for the kubelet of a cluster's only node. */
export interface Kubelet {
  /** The pods that run now. */
  readonly pods: readonly RunningPod[];
  /** Rejects when a pod could not be run or the API server could not be asked; does not settle otherwise. */
  readonly failed: Promise<never>;
  /** The state of every pod and the end of its log, for the error of a wait. */
  describe(): Promise<string>;
  /** Ends every process at once, by its id, and runs no further pod. May be called again. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 200;

/**
 * Runs the pods of a namespace as processes of this machine: their command, arguments, environment and mounted files
 * as their templates say, probed over HTTPS, started again when they end, and reported to the API server, whose own
 * controllers do the rest. What stands in for a container is listed in pod.cjs.
 */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { api, namespace, checkout, directory, serviceSocket } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const site: Site = { api, directory, image: unpackImage(checkout, join(directory, "image")) };
  const running = new Map<string, RunningPod>();
  /** Pods that have ended, by uid, until no list has them: a list may be older than the end of a pod. */
  const over = new Set<string>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined); // each wait races it
  const routes = new ServiceRoutes({ api, namespace, pods: () => [...running.values()] });
  routes.listen(serviceSocket).catch(fail);

  const look = async (): Promise<void> => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = (await api.request({ method: "GET", path })) as { items: Pod[] };
    for (const pod of items) meet(pod);
    const there = new Set(items.map(({ metadata }) => metadata.uid));
    // No event tells of one that was deleted without any grace.
    for (const [uid, pod] of running) if (!there.has(uid)) void pod.end(0);
    for (const uid of over) if (!there.has(uid)) over.delete(uid);
  };
  const meet = (pod: Pod): void => {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    const known = running.get(uid);
    if (known && deletionTimestamp) void known.end(deletionGracePeriodSeconds).catch(() => undefined); // told below
    if (known || over.has(uid) || isOver(pod)) return;
    const started = runPod(site, pod);
    running.set(uid, started);
    const forget = (): void => {
      running.delete(uid);
      over.add(uid);
    };
    started.ended.then(forget, (error: unknown) => {
      forget();
      if (!signal.aborted) fail(new Error(`${podPath(pod)} cannot be run`, { cause: error }));
    });
  };
  const loop = (async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => {
        // The API server may be restarted under a test, or be too busy.
        if (!isTransient(error)) fail(error);
      });
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined); // the signal ends the wait
    }
  })();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await loop;
    await Promise.allSettled([...running.values()].map((pod) => pod.end(0)));
    await routes.close();
  };
  return {
    get pods() {
      return [...running.values()];
    },
    failed,
    describe: async () => (await Promise.all([...running.values()].map(describePod))).join("\n"),
    stop: () => (stopped ??= stop()),
  };
}

async function describePod({ pod, containers, logFile }: RunningPod): Promise<string> {
  const states = containers.map(({ name, ready, restarts, current, waiting, ended }) => {
    const why = waiting?.message ?? waiting?.reason ?? (ended && `it ended with exit code ${ended.exitCode}`);
    const state = current ? (ready ? "is ready" : "runs and is not ready") : `does not run: ${why}`;
    return `${name} (${restarts} restarts) ${state}`;
  });
  return `Pod ${pod.metadata.name}: ${states.join("; ")}. Its log ends with:\n${await lastLines(logFile)}`;
}

function isOver(pod: Pod & { readonly status?: { readonly phase?: string } }): boolean {
  return (
    pod.metadata.deletionTimestamp !== undefined || ["Succeeded", "Failed"].includes(pod.status?.phase ?? "")
  );
}
