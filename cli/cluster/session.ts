import { validateHeaderValue } from "node:http";
import type { Logger } from "../../capabilities/domain/ports";
import { createCluster } from "../../capabilities/kube/cluster";
import type { Connection } from "../../capabilities/kube/http/connection";
import { createTransport, type Transport } from "../../capabilities/kube/http/transport";
import type { Cluster } from "../../capabilities/domain/ports";
import { systemClock } from "../../capabilities/lib/clock";
import pkg from "../../package.json";
import { usage } from "../command-failure";
import type { Host } from "../host";
import type { ClusterOptions } from "../options/cluster";
import { connectionOf } from "./connection-of";
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
  const plain = await connectionOf(kubeConfig, clock, interrupt);
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
