import type { HttpClient } from "../net/http-client";
import { readGoogleAnswer, type GoogleAnswer } from "./answer";

/** Client of a Google API with an access token. */
export interface GoogleApi {
  /** @param path with the query, percent-encoded */
  get(path: string): Promise<GoogleAnswer>;
  post(path: string, body: object): Promise<GoogleAnswer>;
}

/** @param token absent for an emulator, which requires none */
export function googleApi(client: HttpClient, token: string | undefined): GoogleApi {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    get: async (path) => readGoogleAnswer(await client.request({ method: "GET", path, headers })),
    post: async (path, body) =>
      readGoogleAnswer(
        await client.request({
          method: "POST",
          path,
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      ),
  };
}

/** Whether a host belongs to Google. */
export function isGoogleHost(host: string): boolean {
  return /^([a-z0-9-]+\.)+googleapis\.com$/i.test(host);
}

/**
 * Whether a host belongs to BigQuery, so that it may receive the pod's identity: `bigquery.googleapis.com`, regional
 * (`bigquery.europe-west3.rep.…`) or for Private Service Connect (`bigquery-shop.p.…`). Not every host of the domain
 * belongs to an API: one below `storage` has the name of a bucket, and any customer may create one.
 */
export function isBigqueryHost(host: string): boolean {
  return /^bigquery(-[a-z0-9-]+)?(\.[a-z0-9-]+){0,2}\.googleapis\.com$/i.test(host);
}
