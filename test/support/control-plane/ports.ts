import { type AddressInfo, createServer, type Server } from "node:net";

/**
 * Asks the kernel for TCP ports of 127.0.0.1 that are free now. All are held until the last is known, so that no
 * two are the same. Another process may take one before it is used: the caller has to try again then.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}
