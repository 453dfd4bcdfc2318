import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";

/**
 * The API server keeps an idle connection to a webhook for 90 s (client-go's IdleConnTimeout), and does not send a
 * review again when its connection breaks: with `failurePolicy: Fail` the user's write fails then. Node would close
 * after 5 s, so that a review now and then meets a connection that is just being closed. The API server must be
 * the one who closes first.
 */
const IDLE_CONNECTION_MS = 120_000;

/** The framework does not hand out its server; every request tells which one it came to. */
export function keepWebhookConnections(): void {
  subscribe("http.server.request.start", (message) => {
    (message as { readonly server: Server }).server.keepAliveTimeout = IDLE_CONNECTION_MS;
  });
}
