import { request } from "node:https";

/** A GET to the API server. */
export interface ApiRequest {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

/** Returns the HTTP status. Uses no connection pool, so that nothing stays open after it. */
export async function getStatus(options: ApiRequest): Promise<number> {
  const { url, ca, token, signal } = options;
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const sent = request(url, { ca, headers, signal, agent: false }, (response) => {
      response.on("error", reject);
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.on("error", reject);
    sent.end();
  });
}
