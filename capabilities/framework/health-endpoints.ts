import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { onRequest } from "./server";

/** One sentence per reason; empty when the process is healthy. */
export interface Health {
  /** Why the process cannot do its work yet. */
  notReady(): readonly string[];
  /** Why the process should be restarted. */
  notLive(): readonly string[];
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** The framework's own path, which both probes of its Deployments request. It always returns OK. */
const FRAMEWORK_PATH = "/healthz";

/**
 * Serves the process's health on the framework's server, in front of the framework: `/readyz` for readiness, `/livez`
 * for liveness, and `/healthz` as `/livez` and the framework together. The framework's Deployments use `/healthz` for
 * liveness too, so it must not fail for faults that only time or an administrator can repair, such as a missing CRD:
 * the kubelet would restart the process again and again.
 */
export function answerHealth(health: Health): void {
  const prepared = new WeakSet<Server>();
  onRequest((server) => {
    if (prepared.has(server)) return;
    prepared.add(server);
    const listeners = server.listeners("request") as Listener[];
    server.removeAllListeners("request");
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      if (answered(health, request, response)) return;
      for (const listener of listeners) listener.call(server, request, response);
    });
  });
}

function answered(health: Health, request: IncomingMessage, response: ServerResponse): boolean {
  const wrong = reasons(health, request.url ?? "");
  if (!wrong) return false;
  if (wrong.length === 0 && request.url !== "/livez") {
    // The framework's own readiness counts too: before its webhooks are registered it returns 404.
    request.url = FRAMEWORK_PATH;
    return false;
  }
  response.writeHead(wrong.length === 0 ? 200 : 503, { "content-type": "text/plain; charset=utf-8" });
  response.end(wrong.length === 0 ? "OK" : `${wrong.join("\n")}\n`);
  return true;
}

/** Undefined for every path other than the health endpoints. */
function reasons(health: Health, url: string): readonly string[] | undefined {
  switch (url) {
    case "/livez":
    case FRAMEWORK_PATH:
      return health.notLive();
    case "/readyz":
      return [...health.notLive(), ...health.notReady()];
    default:
      return undefined;
  }
}
