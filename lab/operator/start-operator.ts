import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installBase, refuseForeignWebhooks, removeWebhooks, webhookConfigurations } from "./installation";
import { openKubeApi } from "./kube-api";
import {
  type LaunchContext,
  type OperatorOptions,
  processEnvironment,
  processKubeconfig,
} from "./launch-environment";
import { applyObject, readObjects, type KubeObject } from "./objects";
import { type OperatorProcess, type Role, startOperatorProcess } from "./operator-process";
import { servingCertificate } from "./serving-certificate";
import { requireTestKind, waitForWebhooks } from "./wait-for-webhooks";

/** An operator that runs. */
export interface Operator {
  /** The admission process. Throws when that role was not asked for. */
  readonly admission: OperatorProcess;
  /** The watcher process. Throws when that role was not asked for. */
  readonly watcher: OperatorProcess;
  readonly processes: readonly OperatorProcess[];
  readonly directory: string;
  /** Removes the webhook configurations, so that nothing stays blocked, and ends the processes. May be called again. */
  stop(): Promise<void>;
}

interface Launch extends LaunchContext {
  readonly started: OperatorProcess[];
}

const READY_TIMEOUT_MS = 30_000;
const ROLES: readonly Role[] = ["admission", "watcher"];

/**
 * Runs the module's admission and watcher processes against a cluster, each with the bundle and the environment of
 * its Deployment, and lets the API server's webhooks reach them. Resolves when both work; when something fails,
 * nothing is left running, and the error quotes the log.
 */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const directory = resolve(options.directory ?? mkdtempSync(join(tmpdir(), "kollect-operator-")));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const api = await openKubeApi(options.kubeconfig, options.context);
  const manifests = readObjects(options.build.manifestsPath);
  const certificate = servingCertificate(new Date());
  const launch: Launch = { options, api, manifests, certificate, directory, started: [] };
  try {
    await start(launch);
  } catch (error) {
    await end(launch).catch((second: unknown) => {
      const message = `${messageOf(error)}\nThen the clean-up failed: ${messageOf(second)}`;
      throw new AggregateError([error, second], message);
    });
    throw new Error(`${messageOf(error)}\nLogs are kept in ${directory}`, { cause: error });
  }
  return describe(launch);
}

async function start(launch: Launch): Promise<void> {
  const { options, api, manifests } = launch;
  const roles = options.roles ?? ROLES;
  await refuseForeignWebhooks(api, configurations(launch, 0));
  if (!options.healthOnly) await requireTestKind(api);
  await installBase(api, manifests, options.serviceAccount ?? false);
  const kubeconfig = await processKubeconfig(launch);
  const outcomes = await Promise.allSettled(roles.map((role) => startRole(launch, role, kubeconfig)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
  const admission = launch.started.find(({ role }) => role === "admission");
  if (admission) await connectWebhooks(launch, admission);
}

async function startRole(launch: Launch, role: Role, kubeconfig: string): Promise<void> {
  const { options, directory, certificate } = launch;
  const began = Date.now();
  const started = await startOperatorProcess({
    role,
    directory,
    build: options.build,
    env: processEnvironment(launch, role, kubeconfig),
    ca: certificate.certificate,
    preload: join(import.meta.dirname, "preload.cjs"),
    healthOnly: options.healthOnly ?? false,
    readyTimeoutMs: options.readyTimeoutMs ?? READY_TIMEOUT_MS,
    signal: options.signal,
  });
  launch.started.push(started);
  options.log?.(
    `${role}: process ${started.pid}, port ${started.port}, ready after ${Date.now() - began} ms`,
  );
}

async function connectWebhooks(launch: Launch, admission: OperatorProcess): Promise<void> {
  const wanted = configurations(launch, admission.port);
  for (const configuration of wanted) await applyObject(launch.api, configuration);
  if (launch.options.healthOnly) return;
  await waitForWebhooks(launch.api, admission, launch.options.signal);
}

function configurations({ manifests, certificate }: Launch, port: number): KubeObject[] {
  return webhookConfigurations(manifests, {
    origin: `https://localhost:${port}`,
    ca: certificate.certificate,
  });
}

async function end(launch: Launch): Promise<void> {
  try {
    await removeWebhooks(launch.api, configurations(launch, 0));
  } finally {
    await Promise.all(launch.started.map((process) => process.stop()));
    launch.api.close();
  }
}

function describe(launch: Launch): Operator {
  const pick = (role: Role): OperatorProcess => {
    const found = launch.started.find((process) => process.role === role);
    if (!found) throw new Error(`the operator was started without its ${role} process`);
    return found;
  };
  let ended: Promise<void> | undefined;
  return {
    get admission() {
      return pick("admission");
    },
    get watcher() {
      return pick("watcher");
    },
    processes: launch.started,
    directory: launch.directory,
    stop: () => (ended ??= stop(launch)),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function stop(launch: Launch): Promise<void> {
  await end(launch);
  if (launch.options.directory === undefined) rmSync(launch.directory, { recursive: true, force: true });
}
