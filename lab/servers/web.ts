import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface WebRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A web server on loopback that answers as a test says. */
export interface WebServer {
  readonly host: string;
  readonly port: number;
  /** Every request so far. */
  readonly requests: readonly WebRequest[];
  close(): Promise<void>;
}

/** Starts one; with `tls` it speaks HTTPS alone. */
export async function startWeb(
  answer: (request: WebRequest) => WebAnswer | Promise<WebAnswer>,
  tls?: ServerOptions,
): Promise<WebServer> {
  const requests: WebRequest[] = [];
  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body: await text(incoming) };
    requests.push(request);
    const { status, headers: sent, body } = await answer(request);
    outgoing.writeHead(status, sent).end(method === "HEAD" ? undefined : body);
  }
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    serve(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  };
  const server = tls ? createHttpsServer(tls, onRequest) : createHttpServer(onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
