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

/** One such port. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error("the kernel gave no port");
  return port;
}

const ATTEMPTS = 5;

/** Starts something on a port that is free now, and again on another one when another process was quicker. */
export function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  return untilFree(async () => start(await freePort()));
}

/** The same for something that needs several. */
export function onFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  return untilFree(async () => start(await freePorts(count)));
}

async function untilFree<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      // Java names the exception beside whatever its message says.
      const lost = /address already in use|BindException/i.test(String(error));
      if (!lost || attempt === ATTEMPTS) throw error;
    }
  }
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}
