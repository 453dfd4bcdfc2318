import { setTimeout as sleep } from "node:timers/promises";
import { KubeApiError } from "../operator/kube-api";
import { environmentOf, type Configuration } from "./configuration";
import { startContainer, type StartedContainer } from "./container";
import { isKnownImage } from "./image";
import type { Container, Probe } from "./pod";
import { keepProbing } from "./probe";

/** What can be seen of a container from outside. */
export interface ContainerState {
  readonly name: string;
  readonly image: string;
  ready: boolean;
  started: boolean;
  restarts: number;
  current: StartedContainer | undefined;
  /** Why it does not run, in the API's words. */
  waiting: { readonly reason: string; readonly message?: string } | undefined;
  ended: { readonly exitCode: number; readonly reason: string } | undefined;
}

/** What runs a container until it is told to end. */
export interface ContainerJob {
  readonly where: Configuration;
  readonly container: Container;
  readonly state: ContainerState;
  readonly root: string;
  readonly logFile: string;
  /** Where a pod finds the API server, and whatever else is not in its template. */
  readonly env: Readonly<Record<string, string>>;
  readonly restart: "Always" | "OnFailure" | "Never";
  graceSeconds(): number;
  changed(): void;
}

const RETRY_MS = 200;
/** A kubelet waits ten times as long before it starts a container again. */
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 10_000;
/** Start and readiness are asked for so much sooner than the template says, so that a test need not wait as long. */
const PACE = 10;
/** Liveness is asked for later, because it kills, and a machine that runs tests may be far busier than a node. */
const LIVENESS_PACE = 0.2;

/** Runs a container, again and again as the pod's policy says, until the signal. Resolves with its last exit code. */
export async function runContainer(job: ContainerJob, signal: AbortSignal): Promise<number | undefined> {
  const { state, restart } = job;
  for (;;) {
    const code = await runOnce(job, signal);
    if (signal.aborted || restart === "Never" || (restart === "OnFailure" && code === 0)) return code;
    state.restarts += 1;
    state.waiting = { reason: "CrashLoopBackOff" };
    job.changed();
    const backoff = Math.min(BACKOFF_MS * (2 ** (state.restarts - 1) - 1), MAX_BACKOFF_MS);
    await pause(backoff, signal);
  }
}

async function runOnce(job: ContainerJob, signal: AbortSignal): Promise<number | undefined> {
  const started = await start(job, signal);
  if (!started) return undefined;
  const { state } = job;
  Object.assign(state, { current: started, waiting: undefined, started: !job.container.startupProbe });
  job.changed();
  const run = new AbortController();
  const end = (): void => void started.stop(job.graceSeconds());
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const probing = probe(job, started, run.signal).catch((error: unknown) => {
    end();
    throw error;
  });
  probing.catch(() => undefined); // thrown below
  const { code } = await started.exited;
  signal.removeEventListener("abort", end);
  run.abort();
  await probing;
  const exitCode = code ?? 137;
  const reason = exitCode === 0 ? "Completed" : "Error";
  Object.assign(state, { current: undefined, ready: false, started: false, ended: { exitCode, reason } });
  job.changed();
  return exitCode;
}

/** Waits for what the template names and is not there yet, as a kubelet does. */
async function start(job: ContainerJob, signal: AbortSignal): Promise<StartedContainer | undefined> {
  job.state.current = undefined;
  while (!signal.aborted) {
    const started = await tryStart(job);
    if (started) return started;
    await pause(RETRY_MS, signal);
  }
  return undefined;
}

async function tryStart(job: ContainerJob): Promise<StartedContainer | undefined> {
  const { container, where, root, logFile } = job;
  if (!isKnownImage(container.image)) {
    wait(job, "ErrImagePull", `the stand-in for the kubelet has no image ${container.image}`);
    return undefined;
  }
  try {
    const env = { ...job.env, ...(await environmentOf(where, container)) };
    return startContainer({ container, root, hostname: where.pod.metadata.name, env, logFile });
  } catch (error) {
    if (!(error instanceof KubeApiError && error.status === 404)) throw error;
    wait(job, "CreateContainerConfigError", error.message);
    return undefined;
  }
}

function wait({ state, changed }: ContainerJob, reason: string, message: string): void {
  if (state.waiting?.message === message) return;
  state.waiting = { reason, message };
  changed();
}

async function probe(job: ContainerJob, started: StartedContainer, signal: AbortSignal): Promise<void> {
  const { container, state, changed } = job;
  const kill = (success: boolean): void => {
    if (!success) void started.stop(job.graceSeconds());
  };
  const setReady = (success: boolean): void => {
    state.ready = success;
    changed();
  };
  const keep = (wanted: Probe, pace: number, report: (success: boolean) => void): Promise<void> =>
    keepProbing({ probe: wanted, pace, report, port: (port) => started.port(port) }, signal);
  const { startupProbe, readinessProbe, livenessProbe } = container;
  if (startupProbe && !(await hasStarted(job, started, signal))) return;
  if (!readinessProbe) setReady(true);
  await Promise.all([
    readinessProbe && keep(readinessProbe, PACE, setReady),
    livenessProbe && keep(livenessProbe, LIVENESS_PACE, kill),
  ]);
}

/** Until a startup probe has succeeded once, no other one is asked. */
async function hasStarted(
  { container: { startupProbe = {} }, state, changed, graceSeconds }: ContainerJob,
  started: StartedContainer,
  signal: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  let success = false;
  const report = (result: boolean): void => {
    success = result;
    over.abort();
  };
  const port = (wanted: number | string): number | undefined => started.port(wanted);
  await keepProbing(
    { probe: startupProbe, pace: PACE, port, report },
    AbortSignal.any([signal, over.signal]),
  );
  if (!success && !signal.aborted) void started.stop(graceSeconds());
  state.started = success;
  changed();
  return success;
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined); // the signal ends the wait
}
