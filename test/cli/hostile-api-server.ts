import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";

/** A server in the place of the API server. Tests are created, probing without a verdict, and deleted. */
export interface HostileApiServer {
  /** A kubeconfig for it. `user` is a user of a kubeconfig. */
  kubeconfig(user: object): string;
  /** Names of the tests that exist. */
  tests(): string[];
  /** How many requests it received. */
  requests(): number;
  stop(): Promise<void>;
}

/** Answers a request, and returns whether it did; the others are answered as an API server does. */
export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

/** Starts it on loopback. */
export async function startHostileApiServer(answer: Answer): Promise<HostileApiServer> {
  const tests = new Map<string, object>();
  let count = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (request.method === "POST" && request.url?.endsWith("/kollectconnectiontests"))
        create(tests, body, (count += 1));
      else count += 1;
      if (answer(request, response, count)) return;
      serve(tests, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    kubeconfig: (user) => kubeconfigOf(port, user),
    tests: () => [...tests.keys()],
    requests: () => count,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function create(tests: Map<string, object>, body: string, count: number): void {
  const test = JSON.parse(body) as { metadata: { generateName: string } };
  const name = `${test.metadata.generateName}${count}`;
  const status = {
    conditions: [{ type: "ConnectionVerified", status: "Unknown", reason: "Probing", message: "Now." }],
  };
  tests.set(name, { ...test, status, metadata: { ...test.metadata, name, uid: name, generation: 1 } });
}

function serve(
  tests: Map<string, object>,
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, { "content-type": "application/json" });
  if (url.includes("watch=1")) return response.flushHeaders();
  if (method === "DELETE") tests.delete(url.split("/").at(-1) ?? "");
  const items = [...tests.values()];
  const list = { kind: "List", metadata: { resourceVersion: "1" }, items };
  response.end(JSON.stringify(method === "POST" ? items.at(-1) : list));
}

function kubeconfigOf(port: number, user: object): string {
  const cluster = { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  });
}
