import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";

/**
 * Calls with the server that a request has come to, before the request is handled. The framework does not give its
 * server to any client; Node tells of it with every request.
 */
export function onRequest(hear: (server: Server) => void): void {
  subscribe("http.server.request.start", (message) => hear((message as { readonly server: Server }).server));
}
