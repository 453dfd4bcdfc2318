import { createAuthority } from "../../../lab/pki";
import { freePort } from "../../../lab/control-plane/ports";
import { startNats } from "../../../lab/servers/nats";
import type { CaseServers } from "../run";
import { caValues } from "./ca-values";

const PASSWORD = "corr&ct-horse/b@ttery";

/** Servers for cases of type nats. */
export const NATS_SERVERS: CaseServers = {
  /** Without TLS, with ports for monitoring and WebSocket, an account without JetStream, and one of a cluster for its port for routes. */
  nats: async () => {
    const [monitor, websocket, routes] = [await freePort(), await freePort(), await freePort()];
    const users = (user: string): object[] => [{ user, password: PASSWORD }];
    const server = await startNats({
      jetstream: true,
      config: {
        accounts: {
          APP: { jetstream: "enabled", users: users("kollect") },
          PLAIN: { users: users("plain") },
        },
        http: at(monitor),
        websocket: { listen: at(websocket), no_tls: true },
      },
    });
    const member = await startNats({ config: { cluster: { name: "lab", listen: at(routes) } } });
    const stop = async (): Promise<void> => void (await Promise.all([server.stop(), member.stop()]));
    const ports = {
      monitor: at(monitor),
      websocket: at(websocket),
      routes: at(routes),
      server: at(server.port),
    };
    return { values: { ...ports, password: PASSWORD, ...caValues(createAuthority()) }, stop };
  },
};

function at(port: number): string {
  return `127.0.0.1:${port}`;
}
