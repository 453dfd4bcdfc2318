import { validateHeaderValue } from "node:http";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Logger } from "../../capabilities/domain/ports";
import { createCluster } from "../../capabilities/kube/cluster";
import { loadConnection, UnusableKubeconfig, type Connection } from "../../capabilities/kube/http/connection";
import { createTransport, type Transport } from "../../capabilities/kube/http/transport";
import type { Cluster } from "../../capabilities/domain/ports";
import { clean } from "../../capabilities/probes/messages";
import { systemClock } from "../../capabilities/lib/clock";
import pkg from "../../package.json";
import { broken, usage, type CommandFailure } from "../command-failure";
import type { Host } from "../host";
import type { ClusterOptions } from "../options/cluster";
import { loadKubeconfig } from "./kubeconfig";

/** A cluster as the user of a kubeconfig sees it. */
export interface Session {
  readonly context: string;
  /** The requested namespace, or the context's own. */
  readonly namespace: string;
  readonly connection: Connection;
  readonly transport: Transport;
  readonly cluster: Pick<Cluster, "getSink" | "getSecret" | "getTest">;
  close(): void;
}

/** The plugin has no log: commands report everything. */
const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const USER_AGENT = `kubectl-kollect/${pkg.version}`;

/** Maximum attempts without an answer, over about a second, because a user waits for the error. */
const MAX_UNANSWERED = 4;

/** Maximum number of requests at the same time. */
const MAX_SOCKETS = 32;

/** Maximum time for the credentials of a kubeconfig, in milliseconds: an exec plugin may wait for a login. */
const CREDENTIALS_MS = 120_000;

/**
 * Reads the kubeconfig, its exec plugins included. Sends nothing yet. Throws `CommandFailure`, or the reason of the
 * interrupt.
 */
export async function openSession(
  options: ClusterOptions,
  { env, interrupt }: Pick<Host, "env" | "interrupt">,
): Promise<Session> {
  const clock = systemClock();
  const { kubeConfig, context, namespace } = loadKubeconfig(options, env);
  const plain = await within(CREDENTIALS_MS, interrupt, loadConnection(clock, kubeConfig)).catch(
    (error: unknown) => {
      interrupt.throwIfAborted();
      throw unusable(error, kubeConfig);
    },
  );
  const connection = { ...plain, headers: { ...plain.headers, ...impersonation(options) } };
  const transport = createTransport({
    connection,
    clock,
    log: SILENT,
    userAgent: USER_AGENT,
    maxSockets: MAX_SOCKETS,
    maxUnanswered: MAX_UNANSWERED,
    ...(options.requestTimeout === undefined ? {} : { deadlineMs: options.requestTimeout }),
  });
  const reporter = { controller: "kollect.dev/kubectl-kollect", instance: "" };
  const cluster = createCluster({ transport, clock, log: SILENT, reporter });
  return { context, namespace, connection, transport, cluster, close: () => transport.close() };
}

/** Rejects after the time, or with the signal's reason; the work goes on, because it cannot be cancelled. */
async function within<T>(ms: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const over = new Promise<never>((_resolve, reject) => {
    if (ended.aborted) reject(ended.reason as Error);
    ended.addEventListener("abort", () => reject(ended.reason as Error), { once: true });
  });
  return Promise.race([work, over]);
}

/** The text of the error may be what an exec plugin has printed, its token included, so it is not shown. */
function unusable(error: unknown, kubeConfig: KubeConfig): CommandFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const isFile = error instanceof Error && "path" in error && code !== undefined && !isSpawn(error);
  if (isFile)
    return broken(`a file that the kubeconfig names cannot be read (${code}): ${String(error.path)}`);
  const command = kubeConfig.getCurrentUser()?.exec?.command;
  if (typeof command === "string") {
    const why = isTimeout(error) ? ` within ${CREDENTIALS_MS / 1000} s` : code ? ` (${code})` : "";
    return broken(
      `the kubeconfig's exec plugin ${JSON.stringify(clean(command, 128))} gave no credentials${why}: ` +
        "run kubectl get --raw /version to see what it prints",
    );
  }
  if (error instanceof UnusableKubeconfig) return broken(`the kubeconfig cannot be used: ${error.message}`);
  return broken("the kubeconfig cannot be used: check it with kubectl config view");
}

function isSpawn(error: Error): boolean {
  return "syscall" in error && String(error.syscall).startsWith("spawn");
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

function impersonation({ as, asGroup = [] }: ClusterOptions): Record<string, string | readonly string[]> {
  for (const value of [as ?? "", ...asGroup]) refuseUnlessHeader(value);
  if (asGroup.length > 0 && as === undefined) throw usage("--as-group needs --as: name the user too");
  return {
    ...(as === undefined ? {} : { "impersonate-user": as }),
    ...(asGroup.length === 0 ? {} : { "impersonate-group": asGroup }),
  };
}

function refuseUnlessHeader(value: string): void {
  try {
    validateHeaderValue("impersonate-user", value);
  } catch {
    throw usage(
      "--as or --as-group has a character that a header cannot have: write a user or group of the cluster",
    );
  }
}
