import { join } from "node:path";
import { writePrivate } from "./credentials";

/** How the API server reaches Services. */
export interface ServiceNetwork {
  /** Path of the configuration that tells it so. */
  readonly configuration: string;
  /** Path of the socket at which it asks for a connection to a ClusterIP, by HTTP CONNECT. No server listens at first. */
  readonly socket: string;
}

/**
 * Writes the configuration. No machine has addresses of Services, so what runs pods listens at the socket and
 * connects the API server to them, as the network proxy of a cluster does whose control plane is elsewhere.
 */
export async function writeServiceNetwork(dataDir: string): Promise<ServiceNetwork> {
  const [configuration, socket] = [join(dataDir, "egress.json"), join(dataDir, "services.sock")];
  const connection = { proxyProtocol: "HTTPConnect", transport: { uds: { udsName: socket } } };
  const egress = {
    apiVersion: "apiserver.k8s.io/v1beta1",
    kind: "EgressSelectorConfiguration",
    egressSelections: [{ name: "cluster", connection }],
  };
  await writePrivate(configuration, JSON.stringify(egress));
  return { configuration, socket };
}
