import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { servingCertificate } from "./operator/serving-certificate";

/** One request as a rule sees it. */
export interface Asked {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly watch: boolean;
  readonly query: URLSearchParams;
}

/**
 * `pass`: to the API server; `late`: so too, but its answer comes {@link LATE_MS} later; `hold`: no answer at all;
 * otherwise this answer instead of the API server's.
 */
export type Treatment =
  | "pass"
  | "late"
  | "hold"
  | { readonly status: number; readonly headers?: Record<string, string> };

/** How old a late answer is. */
export const LATE_MS = 3_000;

export type Rule = (asked: Asked) => Treatment;

/** A request, the status that was given, and when, in milliseconds since the epoch. */
export interface Answered extends Asked {
  readonly status: number;
  readonly at: number;
}

/** A reverse proxy in front of a real API server, which can fail for one kind of request and not for another. */
export interface ApiGateway {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** What was asked since the last call. */
  taken(): Answered[];
  /** How to treat requests from now on; every one passes by default. */
  rule(rule: Rule): void;
  /** Breaks the connections of answers under way, such as watches. Returns how many. */
  cut(which?: (asked: Asked) => boolean): number;
  /** Lets no further byte of the answers under way through, but keeps their connections. Returns how many. */
  freeze(which: (asked: Asked) => boolean): number;
  /** Refuses connections, and breaks those there are. */
  down(): Promise<void>;
  /** Listens again where it did. */
  up(): Promise<void>;
  close(): Promise<void>;
}

/** A request whose answer is not over. */
interface Flow {
  readonly asked: Asked;
  readonly response: ServerResponse;
  readonly late: boolean;
  upstream?: IncomingMessage;
}

const HOST = "127.0.0.1";

/** Starts the gateway of one API server. Credentials pass through, so that every caller keeps its identity. */
export async function openApiGateway(cluster: {
  readonly url: string;
  readonly caFile: string;
}): Promise<ApiGateway> {
  const { key, certificate } = servingCertificate(new Date());
  const agent = new Agent({ keepAlive: true, ca: readFileSync(cluster.caFile) });
  const sockets = new Set<Socket>();
  const flows = new Set<Flow>();
  let rule: Rule = () => "pass";
  let seen: Answered[] = [];

  function serve(call: IncomingMessage, response: ServerResponse): void {
    const url = new URL(call.url ?? "/", cluster.url);
    const watch = url.searchParams.get("watch") === "true";
    const asked = { method: call.method ?? "", path: url.pathname, watch, query: url.searchParams };
    response.on("error", () => response.destroy());
    const treatment = rule(asked);
    const flow: Flow = { asked, response, late: treatment === "late" };
    flows.add(flow);
    response.on("close", () => flows.delete(flow));
    if (treatment === "hold") return void call.resume();
    if (treatment !== "pass" && treatment !== "late") {
      seen.push({ ...asked, status: treatment.status, at: Date.now() });
      call.resume();
      return void response.writeHead(treatment.status, treatment.headers).end();
    }
    pass(flow, url, call);
  }

  function pass(flow: Flow, url: URL, call: IncomingMessage): void {
    const { asked, response, late } = flow;
    const onward = request(url, { method: asked.method, headers: call.headers, agent }, (upstream) => {
      const status = upstream.statusCode ?? 0;
      seen.push({ ...asked, status, at: Date.now() });
      flow.upstream = upstream;
      response.on("close", () => upstream.destroy());
      upstream.on("error", () => response.destroy());
      response.writeHead(status, upstream.headers);
      response.flushHeaders(); // of a watch there may be nothing more for a long time
      if (late) setTimeout(() => upstream.pipe(response), LATE_MS);
      else upstream.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => response.writableFinished || onward.destroy());
    call.pipe(onward);
  }

  const server = createServer({ key, cert: certificate }, serve);
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, HOST, () => resolve());
    });
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const pick = (which: (asked: Asked) => boolean): Flow[] => [...flows].filter(({ asked }) => which(asked));

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${HOST}:${port}`,
    ca: certificate,
    taken: () => {
      const before = seen;
      seen = [];
      return before;
    },
    rule: (next) => void (rule = next),
    cut: (which = () => true) => {
      const cut = pick(which);
      for (const { response } of cut) response.destroy();
      return cut.length;
    },
    freeze: (which) => {
      const frozen = pick(which);
      for (const { upstream, response } of frozen) upstream?.unpipe(response).pause();
      return frozen.length;
    },
    down,
    up: () => listen(port),
    close: async () => {
      if (server.listening) await down();
      agent.destroy();
    },
  };
}
