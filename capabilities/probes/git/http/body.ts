import type { IncomingMessage } from "node:http";

/** An answer of a web server, read to its end or to {@link MAX_BODY_BYTES}. */
export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
}

/** Far above what an API answers to a question about one branch or token. */
export const MAX_BODY_BYTES = 256 * 1024;

/** Rejects with what the connection fails of. What is beyond the bound is not read, and ends the connection. */
export async function readBody(response: IncomingMessage): Promise<ServerAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY_BYTES) break;
  }
  const body = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString("utf8");
  return { status: response.statusCode ?? 0, body };
}
