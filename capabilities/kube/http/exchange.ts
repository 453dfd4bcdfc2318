import { request as httpRequest, type Agent, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";

export interface RawRequest {
  readonly options: RequestOptions & { readonly agent: Agent };
  readonly secure: boolean;
  readonly body?: string;
  /** A response whose body has more bytes than this rejects with {@link BodyTooLargeError}. */
  readonly maxBytes: number;
}

export interface RawResponse {
  readonly status: number;
  readonly retryAfter?: string;
  readonly body: string;
}

/** The response's body is larger than the call accepts. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/**
 * Sends one HTTP request and reads its whole response. Rejects with the socket's error, with {@link BodyTooLargeError},
 * or with the signal's reason at once when it aborts; the socket is then closed rather than kept.
 * `options.timeout` is the maximum idle time of the socket, including connecting.
 */
export function exchange(raw: RawRequest, signal: AbortSignal): Promise<RawResponse> {
  return new Promise<RawResponse>((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const request = (raw.secure ? httpsRequest : httpRequest)(raw.options);
    const onAbort = (): void => {
      reject(signal.reason as Error);
      request.destroy();
    };
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
      request.destroy();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    request.on("error", fail);
    request.on("timeout", () => fail(silence(raw.options.timeout)));
    request.on("response", (response) => {
      readBody(response, raw.maxBytes).then((body) => {
        signal.removeEventListener("abort", onAbort);
        resolve({ status: response.statusCode ?? 0, body, ...retryAfterOf(response) });
      }, fail);
    });
    request.end(raw.body);
  });
}

function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("error", reject);
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(new BodyTooLargeError(`the answer has more than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}

function retryAfterOf(response: IncomingMessage): { retryAfter?: string } {
  const header = response.headers["retry-after"];
  return header === undefined ? {} : { retryAfter: header };
}

function silence(ms: number | undefined): Error {
  return Object.assign(new Error(`the API server was silent for ${ms} ms`), { code: "ETIMEDOUT" });
}
