import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTransient, KubeApiError, type KubeApi, type KubeRequest } from "../operator/kube-api";
import { WORKING_DIR } from "./image";
import { mountVolumes, refreshVolumes } from "./mounts";
import { LOOPBACK, NODE, podPath, type Container, type Pod } from "./pod";
import { statusOf, type Phase } from "./pod-status";
import { runContainer, type ContainerState } from "./run-container";

/** What all pods of one stand-in share. */
export interface Site {
  readonly api: KubeApi;
  /** Pods have their files and logs here. */
  readonly directory: string;
  /** What the image has in /app. */
  readonly image: string;
}

/** A pod that runs. */
export interface RunningPod {
  readonly pod: Pod;
  readonly containers: readonly ContainerState[];
  readonly logFile: string;
  /** Whether Services send connections to it. */
  isReady(): boolean;
  /** The port of loopback behind a port of its containers. */
  port(containerPort: number | string): number | undefined;
  /** Begins to end it, with so much time for its processes. Resolves when nothing of it is left. */
  end(graceSeconds: number): Promise<void>;
  /** Settles when it has ended. Rejects when the stand-in could not run it. */
  readonly ended: Promise<void>;
}

/**
 * What a scheduler, a network and the start of a sandbox take. `pepr deploy` counts on it: it applies a Deployment
 * before the Secrets that its pods mount, and a pod that is quicker starts with the keys of the version before.
 */
const SANDBOX_MS = 1_500;
const RETRY_MS = 200;
/** How long the API server may fail to answer. */
const API_SERVER_AWAY_MS = 60_000;

/** Runs a pod: binds it, fills its volumes, starts its containers, and reports on it, until it is ended. */
export function runPod(site: Site, pod: Pod): RunningPod {
  const root = join(site.directory, pod.metadata.name);
  const ending = new AbortController();
  let graceSeconds = 0;
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const containers = new Map(all.map((container) => [container.name, newState(container)]));
  const logFile = join(site.directory, `${pod.metadata.name}.log`);
  const report = reporter(site.api, pod, [...containers.values()]);
  const life: Life = {
    site,
    pod,
    root,
    logFile,
    containers,
    grace: () => graceSeconds,
    report,
    giveUp: () => ending.abort(),
    signal: ending.signal,
  };
  const ended = live(life).finally(() => rmSync(root, { recursive: true, force: true }));
  ended.catch(() => undefined); // the kubelet asks for it
  const main = pod.spec.containers.map(({ name }) => containers.get(name) as ContainerState);
  return {
    pod,
    containers: main,
    logFile,
    isReady: () => !ending.signal.aborted && main.every(({ ready }) => ready),
    port: (wanted) => main.map(({ current }) => current?.port(wanted)).find((found) => found !== undefined),
    end: (seconds) => {
      graceSeconds = seconds;
      ending.abort();
      return ended;
    },
    ended,
  };
}

interface Life {
  readonly site: Site;
  readonly pod: Pod;
  readonly root: string;
  readonly logFile: string;
  readonly containers: ReadonlyMap<string, ContainerState>;
  grace(): number;
  report(phase: Phase): Promise<void>;
  /** Ends the pod, because its state cannot be reported. */
  giveUp(): void;
  readonly signal: AbortSignal;
}

async function live(life: Life): Promise<void> {
  const { pod, report, signal } = life;
  await bind(life);
  await report("Pending");
  await pause(SANDBOX_MS, signal);
  await prepare(life);
  const over = new AbortController();
  const where = { api: life.site.api, pod };
  const refreshing = refreshVolumes(where, life.root, AbortSignal.any([signal, over.signal]));
  let phase: Phase;
  try {
    phase = await runAll(life);
  } finally {
    over.abort();
    await refreshing;
  }
  await finish(life, phase);
}

/** Runs the containers to their end, which is that of the pod. */
async function runAll(life: Life): Promise<Phase> {
  const { pod } = life;
  for (const container of pod.spec.initContainers ?? []) {
    const restart = pod.spec.restartPolicy === "Never" ? "Never" : "OnFailure";
    if ((await runOne(life, container, restart, "Pending")) !== 0) return "Failed";
  }
  const codes = await Promise.all(
    pod.spec.containers.map((container) =>
      runOne(life, container, pod.spec.restartPolicy ?? "Always", "Running"),
    ),
  );
  return codes.every((code) => code === 0) ? "Succeeded" : "Failed";
}

async function bind({ site, pod }: Life): Promise<void> {
  if (pod.spec.nodeName) return;
  const { name, namespace } = pod.metadata;
  const target = { apiVersion: "v1", kind: "Node", name: NODE };
  const body = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace }, target };
  await write(site.api, { method: "POST", path: podPath(pod, "/binding"), body });
}

/** Lays out the pod's files, waiting for what its volumes name. */
async function prepare(life: Life): Promise<void> {
  const { site, pod, root, signal } = life;
  const app = join(root, WORKING_DIR);
  mkdirSync(app, { recursive: true, mode: 0o700 });
  symlinkSync(join(site.image, "node_modules"), join(app, "node_modules"));
  await mountVolumes({ api: site.api, pod }, root, signal);
}

async function runOne(
  { site, pod, root, logFile, containers, grace, report, giveUp, signal }: Life,
  container: Container,
  restart: "Always" | "OnFailure" | "Never",
  phase: Phase,
): Promise<number | undefined> {
  const { hostname, port } = new URL(site.api.url);
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || "443" };
  const state = containers.get(container.name) as ContainerState;
  const where = { api: site.api, pod };
  // What one report rejects with, the last one does too, with which the pod ends.
  const changed = (): void => void report(phase).catch(giveUp);
  return runContainer(
    { where, container, state, root, logFile, env, restart, graceSeconds: grace, changed },
    signal,
  );
}

/** A pod that was deleted is taken from the API server when its processes have ended. */
async function finish({ site, pod, report, signal }: Life, phase: Phase): Promise<void> {
  await report(phase);
  if (!signal.aborted) return;
  const preconditions = { uid: pod.metadata.uid };
  const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds: 0, preconditions };
  await write(site.api, { method: "DELETE", path: podPath(pod), body });
}

/** Writes the pod's status, one write after the other, the latest state last. */
function reporter(api: KubeApi, pod: Pod, containers: readonly ContainerState[]): Life["report"] {
  const startTime = new Date().toISOString();
  let writing = Promise.resolve();
  return (phase) => {
    writing = writing.then(() => {
      const status = { ...statusOf(pod, containers, phase), podIP: LOOPBACK, hostIP: LOOPBACK, startTime };
      return write(api, {
        method: "PATCH",
        path: podPath(pod, "/status"),
        contentType: "application/merge-patch+json",
        body: { metadata: { uid: pod.metadata.uid }, status },
      });
    });
    return writing;
  };
}

function newState({ name, image }: Container): ContainerState {
  return {
    name,
    image,
    ready: false,
    started: false,
    restarts: 0,
    current: undefined,
    waiting: { reason: "ContainerCreating" },
    ended: undefined,
  };
}

/**
 * Sends a write until the API server answers it, because it may be restarted under a test, or be too busy. Two refusals
 * mean that there is nothing to write: with 404 the pod is gone, with 409 another one has its name or it is bound.
 */
async function write(api: KubeApi, request: KubeRequest): Promise<void> {
  for (const began = performance.now(); ; await sleep(RETRY_MS)) {
    try {
      await api.request(request);
      return;
    } catch (error) {
      if (error instanceof KubeApiError && [404, 409].includes(error.status)) return;
      if (!isTransient(error) || performance.now() - began > API_SERVER_AWAY_MS) throw error;
    }
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined); // the signal ends the wait
}
