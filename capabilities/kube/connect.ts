import type { KubeConfig } from "@kubernetes/client-node";
import type { Cluster, Logger } from "../domain/ports";
import type { Clock } from "../lib/clock";
import { ApiServers } from "./api-servers";
import { createCluster } from "./cluster";
import { loadConnection } from "./http/connection";
import { createCrds, type Crds } from "./crds";
import { createTransport, type TransportOptions } from "./http/transport";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Version of this program, for the user agent. */
  readonly version: string;
  /** Name of this process in Events; in a cluster the pod's name. */
  readonly instance: string;
  readonly localAccessReviews?: boolean;
  readonly onAttempt?: TransportOptions["onAttempt"];
  /** Found as the framework does when absent. */
  readonly kubeConfig?: KubeConfig;
}

export interface ConnectedCluster {
  readonly cluster: Cluster;
  readonly crds: Crds;
  readonly apiServers: ApiServers;
  /** URL of the API server, for the address policy. */
  readonly server: URL;
  /** Closes every socket. */
  close(): void;
}

export const REPORTING_CONTROLLER = "kollect.dev/connection-test";

/** Finds the API server and returns the one client that everything shares. No request is sent yet. */
export async function connectCluster(options: ConnectOptions): Promise<ConnectedCluster> {
  const { clock, log, version, instance, kubeConfig, onAttempt } = options;
  const connection = await loadConnection(clock, kubeConfig);
  const userAgent = `kollect-connection-test/${version}`;
  const transport = createTransport({
    connection,
    clock,
    log,
    userAgent,
    ...(onAttempt ? { onAttempt } : {}),
  });
  const cluster = createCluster({
    transport,
    clock,
    log,
    reporter: { controller: REPORTING_CONTROLLER, instance },
    localAccessReviews: options.localAccessReviews ?? false,
  });
  return {
    cluster,
    crds: createCrds(transport),
    apiServers: new ApiServers({ transport, clock, log }),
    server: connection.server,
    close: () => transport.close(),
  };
}
