import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";

/**
 * Calls `hear` with the server that received a request, before the request is handled. The framework does not expose
 * its server, but Node publishes it with every request.
 */
export function onRequest(hear: (server: Server) => void): void {
  subscribe("http.server.request.start", (message) => hear((message as { readonly server: Server }).server));
}
