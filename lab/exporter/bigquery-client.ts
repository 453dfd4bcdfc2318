import { createSign } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

/** Where requests go, and who is trusted there; without `ca`, the public authorities. */
export interface At {
  readonly ca?: string;
  readonly signal: AbortSignal;
}

export interface KeyFile {
  readonly type: string;
  readonly client_email: string;
  readonly private_key: string;
  readonly private_key_id?: string;
  readonly token_uri?: string;
}

/** One call of the REST API. Rejects with "<status> <reason>" for an error of the service. */
export type Api = (method: "GET" | "POST", path: string, body?: object) => Promise<unknown>;

/** BigQuery's REST API by Node's own HTTP client; without a token its requests are anonymous. */
export function apiOf({ url, token, ...at }: At & { readonly url: string; readonly token?: string }): Api {
  const headers = {
    "content-type": "application/json",
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  return (method, path, body) =>
    send(new URL(path, url), {
      ...at,
      method,
      headers,
      body: body === undefined ? "" : JSON.stringify(body),
    });
}

/** An access token for a key file (RFC 7523), with an assertion that is signed here. */
export async function tokenOf(file: KeyFile, at: At): Promise<string> {
  const audience = file.token_uri || "https://oauth2.googleapis.com/token";
  const now = Math.floor(Date.now() / 1000);
  const scope = "https://www.googleapis.com/auth/bigquery";
  const claims = { iss: file.client_email, scope, aud: audience, iat: now - 10, exp: now + 3500 };
  const header = { alg: "RS256", typ: "JWT", kid: file.private_key_id };
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = createSign("RSA-SHA256").update(signed).sign(file.private_key, "base64url");
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: `${signed}.${signature}`,
  }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await send(new URL(audience), { ...at, method: "POST", headers, body });
  return (answer as { access_token: string }).access_token;
}

interface Sent extends At {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function send(url: URL, { body, ...options }: Sent): Promise<unknown> {
  const request = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
  const { status, answer } = await new Promise<{ status: number; answer: string }>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject);
    });
    request.end(body);
  });
  const json = JSON.parse(answer || "{}") as { error?: string | { errors?: { reason?: string }[] } };
  if (status < 300) return json;
  const { error } = json;
  throw new Error(`${status} ${typeof error === "string" ? error : (error?.errors?.[0]?.reason ?? "")}`);
}
