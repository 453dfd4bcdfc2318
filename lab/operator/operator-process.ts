import { join } from "node:path";
import { startProcess } from "../control-plane/managed-process";
import type { ManagedProcess } from "../control-plane/types";
import type { ModuleBuild } from "./build-module";
import {
  connectedWatches,
  getAnswer,
  getText,
  type Answer,
  launchedPort,
  readLaunchFile,
  residentBytes,
} from "./operator-endpoint";

/** The two Deployments of the framework. */
export type Role = "admission" | "watcher";

/** One pod of the operator, as a process. After `restart` it listens where it did before. */
export interface OperatorProcess extends ManagedProcess {
  readonly role: Role;
  readonly port: number;
  /** Standard output and standard error. */
  readonly logFile: string;
  /** The text of its /metrics. */
  metrics(): Promise<string>;
  /** What a path answers, also while the process is not ready; rejects while it does not listen. */
  answer(path: string): Promise<Answer>;
  /** Resident set size in bytes. */
  memory(): number;
  /** Which of `mutate` and `validate` the API server has called since the process started. */
  calledWebhooks(): readonly string[];
}

/** What a process of the operator needs. */
export interface ProcessOptions {
  readonly role: Role;
  readonly build: ModuleBuild;
  /** Its environment, complete. */
  readonly env: Readonly<Record<string, string>>;
  /** Its log and the launcher's file go here. */
  readonly directory: string;
  /** PEM of the certificate that it serves with. */
  readonly ca: string;
  readonly preload: string;
  /** Whether to wait only for /livez, and not for the watches. */
  readonly healthOnly: boolean;
  readonly readyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Starts the bundle as a pod of `role` would, and waits until it answers and its watches are connected. */
export async function startOperatorProcess(options: ProcessOptions): Promise<OperatorProcess> {
  const { role, directory, ca, build } = options;
  const launchFile = join(directory, `${role}.json`);
  const logFile = join(directory, `${role}.log`);
  const get = (path: string, signal?: AbortSignal): Promise<string> =>
    getText({ launchFile, ca }, path, signal);
  const running = await startProcess({
    name: role,
    command: process.execPath,
    args: ["--require", options.preload, build.bundlePath],
    env: { ...options.env, OPERATOR_LAUNCH_FILE: launchFile },
    logFile,
    readyTimeoutMs: options.readyTimeoutMs,
    signal: options.signal,
    ready: async (signal) => {
      await get(options.healthOnly ? "/livez" : "/readyz", signal);
      if (role === "admission" || options.healthOnly) return true;
      return connectedWatches(await get("/metrics", signal)) >= build.watches;
    },
  });
  return {
    role,
    logFile,
    get pid() {
      return running.pid;
    },
    get exited() {
      return running.exited;
    },
    get port() {
      return launchedPort(launchFile);
    },
    stop: () => running.stop(),
    kill: (signal) => running.kill(signal),
    restart: () => running.restart(),
    metrics: () => get("/metrics"),
    answer: (path) => getAnswer({ launchFile, ca }, path),
    memory: () => residentBytes(running.pid),
    calledWebhooks: () => readLaunchFile(launchFile).webhooks,
  };
}
