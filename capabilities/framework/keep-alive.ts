import { onRequest } from "./server";

/**
 * The API server keeps an idle connection to a webhook for 90 s (client-go's IdleConnTimeout), and does not send a
 * review again when its connection breaks: with `failurePolicy: Fail` the user's write fails then. Node would close
 * after 5 s, so that a review would occasionally be sent on a connection that is just being closed. The API server
 * must close first.
 */
const IDLE_CONNECTION_MS = 120_000;

export function keepWebhookConnections(): void {
  onRequest((server) => {
    server.keepAliveTimeout = IDLE_CONNECTION_MS;
  });
}
