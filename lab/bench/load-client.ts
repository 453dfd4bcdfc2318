import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { ControlPlane } from "../control-plane/types";

/** A request of the load. `body` is sent as JSON. */
export interface LoadRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** The one who creates the load and watches what becomes of it, over connections that are kept. */
export interface LoadClient {
  /** Rejects for any answer other than 2xx. Answers are read, but not parsed: that would slow the load down. */
  send(wanted: LoadRequest): Promise<void>;
  get<T>(path: string): Promise<T>;
  /** Opens a watch and calls `onEvent` for each event until `close`. Rejects when it is refused. */
  watch<T>(path: string, onEvent: (event: WatchEvent<T>) => void): Promise<{ close(): void }>;
  close(): void;
}

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T;
}

const SOCKETS = 32;
const DEADLINE_MS = 60_000;

/** Connects as the administrator of a control plane. */
export function createLoadClient({
  url,
  caFile,
  adminToken,
}: Pick<ControlPlane, "url" | "caFile" | "adminToken">): LoadClient {
  const ca = readFileSync(caFile, "utf8");
  const { hostname: host, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS, ca });
  const watches = new Agent({ keepAlive: false, ca });
  const headers = { authorization: `Bearer ${adminToken}`, "user-agent": "kollect-bench" };

  function open(wanted: LoadRequest, through: Agent, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
      const sent = {
        ...headers,
        ...(body === undefined ? {} : { "content-type": wanted.contentType ?? "application/json" }),
      };
      const { method, path } = wanted;
      const call = request({
        host,
        port,
        agent: through,
        method,
        path,
        headers: sent,
        ...(signal ? { signal } : {}),
      });
      call.on("error", reject);
      call.on("response", resolve);
      call.end(body);
    });
  }

  async function exchange(wanted: LoadRequest): Promise<string> {
    const response = await open(wanted, agent, AbortSignal.timeout(DEADLINE_MS));
    const text = await textOf(response);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return text;
    throw new Error(`${wanted.method} ${wanted.path} answered ${status}: ${text.slice(0, 900)}`);
  }

  return {
    send: async (wanted) => void (await exchange(wanted)),
    get: async <T>(path: string) => JSON.parse(await exchange({ method: "GET", path })) as T,
    watch: async (path, onEvent) => {
      const response = await open({ method: "GET", path }, watches);
      if (response.statusCode !== 200) {
        throw new Error(`watch ${path} answered ${response.statusCode}: ${await textOf(response)}`);
      }
      readLines(response, (line) => onEvent(JSON.parse(line) as WatchEvent<never>));
      return { close: () => void response.destroy() };
    },
    close: () => {
      agent.destroy();
      watches.destroy();
    },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function readLines(response: IncomingMessage, onLine: (line: string) => void): void {
  let rest = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  response.on("error", () => undefined); // our own end of the watch; a lost one shows as tests that never finish
}
