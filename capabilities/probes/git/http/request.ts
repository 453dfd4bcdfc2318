import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { codeOf } from "../../net/errors";
import type { GuardedAgents } from "../../net/http-agent";
import { limitInformational } from "../../net/limits";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A request in flight. */
export interface Sent {
  /** Resolves when a connection carries the request; rejects with the dialler's error. */
  readonly connected: Promise<void>;
  /** Resolves with the head of the answer; rejects with the socket's or parser's error. */
  readonly response: Promise<IncomingMessage>;
  /** Whether the server closed the kept connection just when it was reused (RFC 9112, section 9.3.1). */
  isStale(error: unknown): boolean;
}

/** Sends one request through the guarded agents, without following redirects or retrying. */
export function send(
  agents: GuardedAgents,
  { method, url, headers, body }: HttpRequest,
  signal: AbortSignal,
): Sent {
  const isHttps = url.startsWith("https:");
  const options = { method, headers: { ...headers, ...lengthOf(body) }, signal };
  const request = isHttps
    ? httpsRequest(url, { ...options, agent: agents.https })
    : httpRequest(url, { ...options, agent: agents.http });
  limitInformational(request);
  const failed = new Promise<never>((_, reject) => request.once("error", reject));
  // After the head has arrived, an error reaches the reader of the body.
  request.on("error", () => undefined);
  failed.catch(() => undefined);
  const connected = new Promise<void>((resolve) => request.once("socket", () => resolve()));
  const response = new Promise<IncomingMessage>((resolve) => request.once("response", resolve));
  request.end(body);
  return {
    connected: Promise.race([connected, failed]),
    response: Promise.race([response, failed]),
    isStale: (error) => request.reusedSocket && codeOf(error) === "ECONNRESET",
  };
}

function lengthOf(body: Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { "Content-Length": String(body.byteLength) };
}
