import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Listeners that take connections and never say a word. */
export interface SilentServers {
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/** Starts `count` of them on free ports of loopback. */
export async function startSilentServers(count: number): Promise<SilentServers> {
  const sockets = new Set<Socket>();
  const servers = await Promise.all(
    Array.from({ length: count }, async () =>
      listen((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined); // a probe that gives up may reset the connection
        socket.on("close", () => sockets.delete(socket));
        socket.resume();
      }),
    ),
  );
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
