import { readFileSync } from "node:fs";
import { Agent, type RequestOptions, request } from "node:https";
import { type Fields, readContext } from "../control-plane/read-kubeconfig";

/** A request to the API server. `body` is sent as JSON. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with query, such as `/api/v1/namespaces`. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** The user to act as, for one who may impersonate. */
  readonly as?: string;
}

/** A refusal by the API server, in its words. */
export class KubeApiError extends Error {
  override readonly name = "KubeApiError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Whether the same request may succeed a moment later: the API server was not reached, or is not ready or too busy. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof KubeApiError) || error.status === 429 || error.status >= 500;
}

/** An API server and the rights of one user, over kept-alive connections. */
export interface KubeApi {
  readonly url: string;
  /** PEM, undefined where the system's own trust is used. */
  readonly ca: string | undefined;
  /** Rejects with {@link KubeApiError} for any answer other than 2xx. */
  request(request: KubeRequest): Promise<unknown>;
  close(): void;
}

const REQUEST_DEADLINE_MS = 15_000;

/**
 * Opens the API server of a context of a kubeconfig file. Tokens and client certificates are understood; other ways
 * of signing in are refused with a clear error.
 */
export async function openKubeApi(file: string, context: string): Promise<KubeApi> {
  const { cluster, user } = await readContext(context, [file]);
  const ca = readEntry(cluster, "certificate-authority");
  const agent = new Agent({ keepAlive: true, ca, ...credentials(user, context) });
  const token = bearerToken(user);
  const url = String(cluster["server"]);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return {
    url,
    ca,
    request: (wanted) => send(url, { agent, headers }, wanted),
    close: () => agent.destroy(),
  };
}

function credentials(user: Fields, context: string): { cert?: string; key?: string } {
  const cert = readEntry(user, "client-certificate");
  const key = readEntry(user, "client-key");
  if (cert && key) return { cert, key };
  if (bearerToken(user)) return {};
  throw new Error(
    `the user of context ${context} has neither a token nor a client certificate in the kubeconfig`,
  );
}

function bearerToken(user: Fields): string | undefined {
  if (typeof user["token"] === "string") return user["token"];
  return typeof user["tokenFile"] === "string" ? readFileSync(user["tokenFile"], "utf8").trim() : undefined;
}

function readEntry(entry: Fields, key: string): string | undefined {
  const data = entry[`${key}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString("utf8");
  const file = entry[key];
  return typeof file === "string" ? readFileSync(file, "utf8") : undefined;
}

async function send(url: string, options: RequestOptions, wanted: KubeRequest): Promise<unknown> {
  const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
  const contentType = wanted.contentType ?? "application/json";
  const body = wanted.body === undefined ? "" : JSON.stringify(wanted.body);
  const headers = {
    ...options.headers,
    ...(wanted.as === undefined ? {} : { "impersonate-user": wanted.as }),
    accept: "application/json",
    "content-type": contentType,
    // Node.js sends a DELETE's body without saying that there is one.
    "content-length": Buffer.byteLength(body),
  };
  const { status, text } = await new Promise<{ status: number; text: string }>((settle, reject) => {
    const call = request(new URL(wanted.path, url), { ...options, method: wanted.method, headers, signal });
    call.on("error", reject);
    call.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        settle({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    call.end(body);
  });
  if (status >= 200 && status < 300) return text === "" ? undefined : JSON.parse(text);
  throw new KubeApiError(status, `${wanted.method} ${wanted.path} answered ${status}: ${reasonOf(text)}`);
}

function reasonOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text.slice(0, 400);
  } catch {
    return text.slice(0, 400); // not every answer of an API server or a proxy before it is JSON
  }
}
