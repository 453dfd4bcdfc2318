import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "../control-plane/end-with-this-process";
import { sendSignal } from "../control-plane/send-signal";
import type { Exit } from "../control-plane/types";
import { expand } from "./configuration";
import { ENTRY_POINT, WORKING_DIR } from "./image";
import type { Container } from "./pod";

const PRELOAD = join(import.meta.dirname, "pod.cjs");

/** One run of a container, and what it needs. */
export interface ContainerRun {
  readonly container: Container;
  /** The pod's own folder, which stands for the root of its files. */
  readonly root: string;
  /** The pod's name. */
  readonly hostname: string;
  /** Complete but for what the preload needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** A container that was started. */
export interface StartedContainer {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The port of loopback behind a port of the container; undefined while nothing listens. */
  port(containerPort: number | string): number | undefined;
  /** SIGTERM to its first process, and SIGKILL to all of them when the grace is over. */
  stop(graceSeconds: number): Promise<void>;
}

/** Starts the program of a container as its template says, with the paths and ports that {@link PRELOAD} lists. */
export function startContainer(run: ContainerRun): StartedContainer {
  const { container, root, hostname, env } = run;
  const portsFile = join(root, `${container.name}.ports.json`);
  rmSync(portsFile, { force: true });
  const mounts = mountsOf(container);
  const ports = (container.ports ?? []).map(({ containerPort }) => containerPort);
  const [command = "", ...args] = commandOf(container, env);
  if (command !== ENTRY_POINT) throw new Error(`the image of ${container.name} has no program ${command}`);
  const log = openSync(run.logFile, "a", 0o600);
  const child = spawn(
    process.execPath,
    ["--require", PRELOAD, ...args.map((arg) => inPod(arg, root, mounts))],
    {
      cwd: join(root, container.workingDir ?? WORKING_DIR),
      env: {
        PATH: process.env["PATH"],
        HOME: root,
        HOSTNAME: hostname,
        ...env,
        KUBELET_POD: JSON.stringify({ root, mounts, hostname, ports, portsFile }),
        KUBELET_FIRST_PROCESS: "true",
      },
      detached: true,
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`container ${container.name} could not be started`);
  const exited = endOf(child, pid);
  return {
    pid,
    exited,
    port: (wanted) => publishedPort(portsFile, container, wanted),
    stop: (graceSeconds) => stop(pid, exited, graceSeconds),
  };
}

/** Command and arguments with the container's variables expanded. */
function commandOf({ command, args }: Container, env: Readonly<Record<string, string>>): string[] {
  return [...(command ?? [ENTRY_POINT]), ...(args ?? [])].map((text) => expand(text, env));
}

function mountsOf({ volumeMounts = [] }: Container): string[] {
  return [WORKING_DIR, ...volumeMounts.map(({ mountPath }) => mountPath)];
}

function inPod(arg: string, root: string, mounts: readonly string[]): string {
  return mounts.some((mount) => arg.startsWith(`${mount}/`)) ? root + arg : arg;
}

/** The processes of a container end with its first one, and with this process at the latest. */
function endOf(child: ChildProcess, pid: number): Promise<Exit> {
  const release = endWithThisProcess(pid);
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      sendSignal(-pid, "SIGKILL");
      release();
      resolve({ code, signal });
    });
  });
}

async function stop(pid: number, exited: Promise<Exit>, graceSeconds: number): Promise<void> {
  const cancel = new AbortController();
  const overdue = sleep(graceSeconds * 1000, true, { signal: cancel.signal }).catch(() => false);
  sendSignal(pid, "SIGTERM");
  const late = await Promise.race([exited.then(() => false), overdue]);
  cancel.abort();
  if (late) sendSignal(-pid, "SIGKILL");
  await exited;
}

function publishedPort(file: string, { ports = [] }: Container, wanted: number | string): number | undefined {
  if (!existsSync(file)) return undefined;
  const number =
    typeof wanted === "number" ? wanted : ports.find(({ name }) => name === wanted)?.containerPort;
  return (JSON.parse(readFileSync(file, "utf8")) as Record<string, number>)[String(number)];
}
