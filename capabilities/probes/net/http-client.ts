import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { failed } from "../../domain/failure";
import { hostPort } from "../messages";
import type { ProbeContext } from "../probe";
import type { Dialler, DialTarget, SecureOptions, TlsTrust } from "./dialler";
import { causeChain, codeOf, explained } from "./errors";
import { overrideConnection } from "./http-agent";
import { limitInformational } from "./limits";

/** A web server and the trust settings for it. */
export interface HttpOrigin extends DialTarget {
  readonly secure: boolean;
  readonly trust: TlsTrust;
  readonly clientCertificate?: SecureOptions["clientCertificate"];
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most {@link MAX_BODY_BYTES}; the rest is not read. */
  readonly body: string;
}

/** Client of one server. Redirects are returned like any other answer and not followed. */
export interface HttpClient {
  /** Rejects with `FailureError`, or with the attempt's reason when that was aborted. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Closes the connection. */
  close(): void;
}

/** Far above the size of any answer to the requests of probes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** The `host` header of the origin, as Node would send it. */
export function hostHeader({ host, port, secure }: Omit<HttpOrigin, "trust">): string {
  const isDefault = port === (secure ? 443 : 80);
  return isDefault ? hostPort({ host, port }).replace(/:\d+$/, "") : hostPort({ host, port });
}

/**
 * Connects before the first request, so that Resolve, Connect and TLS are timed separately, and dials
 * again through the same dialler when the server closes the connection between requests. No proxy variables
 * are read. Rejects as {@link Dialler.connect} does.
 */
export async function openHttp(
  origin: HttpOrigin,
  { dialler, recorder, signal }: Pick<ProbeContext, "dialler" | "recorder" | "signal">,
): Promise<HttpClient> {
  const first = await dial(dialler, origin);
  if (!origin.secure) {
    recorder.insecure("PlainText");
    recorder.skipped("TLS", "the endpoint is http://, without encryption");
  }
  const agent = keptConnection(first, () => dial(dialler, origin));
  return {
    request: (request) => exchange(request, { origin, agent, signal }),
    close: () => agent.destroy(),
  };
}

async function dial(dialler: Dialler, origin: HttpOrigin): Promise<Duplex> {
  const socket = await dialler.connect({ host: origin.host, port: origin.port });
  if (!origin.secure) return socket;
  const { trust, clientCertificate } = origin;
  return dialler.secure(socket, {
    ...trust,
    servername: origin.host,
    alpn: ["http/1.1"],
    ...(clientCertificate ? { clientCertificate } : {}),
  });
}

/** Always Node's plain agent, because its sockets already have TLS where needed. */
function keptConnection(first: Duplex, dialAgain: () => Promise<Duplex>): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let next: Duplex | undefined = first;
  overrideConnection(agent, (_options, done) => {
    const connected = next && !next.destroyed ? Promise.resolve(next) : dialAgain();
    next = undefined;
    connected.then(
      (socket) => done(null, socket),
      (error: unknown) => done(error as Error),
    );
  });
  const destroy = agent.destroy.bind(agent);
  agent.destroy = () => {
    next?.destroy();
    destroy();
  };
  return agent;
}

interface Exchange {
  readonly origin: HttpOrigin;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

async function exchange(request: HttpRequest, context: Exchange): Promise<HttpAnswer> {
  try {
    return await send(request, context);
  } catch (error) {
    throw httpFailure(error, context);
  }
}

function send(request: HttpRequest, context: Exchange, isRetry = false): Promise<HttpAnswer> {
  const { origin, agent, signal } = context;
  const { method, path, body, headers } = request;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      agent,
      host: origin.host,
      port: origin.port,
      method,
      path,
      signal,
      headers: { host: hostHeader(origin), "user-agent": USER_AGENT, ...headers, ...lengthOf(body) },
    });
    limitInformational(outgoing);
    outgoing.once("response", (response) => resolve(readAnswer(response)));
    outgoing.once("error", (error) => {
      // The server closed the kept connection just when it was reused (RFC 9112, section 9.3.1).
      const isStale = outgoing.reusedSocket && codeOf(error) === "ECONNRESET";
      if (isStale && !isRetry) resolve(send(request, context, true));
      else reject(error);
    });
    outgoing.end(body);
  });
}

const USER_AGENT = "kollect-connection-test";

function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

/** Reads an answer to its end or to `maxBytes`. Rejects with the connection's error. */
export async function readAnswer(
  response: IncomingMessage,
  maxBytes: number = MAX_BODY_BYTES,
): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the response and its connection.
    if (size > maxBytes) break;
  }
  const body = Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Node's codes for bytes that are not HTTP. */
const NOT_HTTP = /^HPE_/;

function httpFailure(error: unknown, { origin, signal }: Exchange): Error {
  const endpoint = hostPort(origin);
  if (!signal.aborted && causeChain(error).some((item) => NOT_HTTP.test(codeOf(item) ?? ""))) {
    return failed(
      "ProtocolError",
      `${endpoint} is not an HTTP server. Check host and port, and whether it requires https.`,
      error,
    );
  }
  return explained(error, { endpoint, host: origin.host }, signal);
}
