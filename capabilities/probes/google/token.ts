import { sign } from "node:crypto";
import { failed } from "../../domain/failure";
import { hostPort, quoted } from "../messages";
import type { TlsTrust } from "../net/dialler";
import { openHttp, type HttpOrigin } from "../net/http-client";
import type { ProbeContext } from "../probe";
import { SYSTEM_TRUST } from "../secrets/tls-trust";
import { readGoogleAnswer } from "./answer";
import { isGoogleHost } from "./api";
import { metadataToken } from "./metadata";
import type { GoogleIdentity } from "./identity";
import type { ServiceAccount } from "./service-account";
import { tokenFailure } from "./token-errors";

export interface TokenRequest {
  /** OAuth scopes, separated by spaces. */
  readonly scope: string;
  /** The sink's trusted authorities. */
  readonly trust: TlsTrust;
  /** The host of the API that the token is for. */
  readonly apiHost: string;
  readonly now: () => number;
}

/**
 * Gets an access token, ready for a header. Throws `FailureError`: `AuthenticationFailed`, `NoCredentials`, and
 * network causes. The token endpoint is dialled under the same address policy as the sink.
 */
export async function accessToken(
  identity: GoogleIdentity,
  request: TokenRequest,
  context: ProbeContext,
): Promise<string> {
  const token =
    identity.kind === "ambient"
      ? await metadataToken(identity.metadataHost, request.scope, context)
      : await exchange(identity.account, request, context);
  if (typeof token === "string" && /^[\x21-\x7e]{1,16384}$/.test(token)) return token;
  throw failed("ProtocolError", "The answer to the request for an access token contains no usable token.");
}

/** Exchanges a signed assertion for a token (RFC 7523, section 2.1). */
async function exchange(
  account: ServiceAccount,
  request: TokenRequest,
  context: ProbeContext,
): Promise<unknown> {
  const { scope, now } = request;
  const origin = tokenOrigin(account, request);
  const client = await openHttp(origin, context);
  try {
    const answer = readGoogleAnswer(
      await client.request({
        method: "POST",
        path: account.tokenUri.pathname,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          assertion: signedAssertion(account, { scope, now: now() }),
        }).toString(),
      }),
    );
    if (answer.status === 200 && answer.json) return answer.json.access_token;
    const { email, source } = account;
    throw tokenFailure(answer, { endpoint: hostPort(origin), email: quoted(email), source }, now());
  } finally {
    client.close();
  }
}

function tokenOrigin({ tokenUri }: ServiceAccount, { trust, apiHost }: TokenRequest): HttpOrigin {
  const host = tokenUri.hostname.replace(/^\[|\]$/g, "");
  // Authorities for a private address of the service do not apply to Google's own token endpoint; those of an
  // intercepting proxy in front of both do.
  const isGooglesAlone = isGoogleHost(host) && !isGoogleHost(apiHost);
  return {
    secure: true,
    host,
    port: Number(tokenUri.port || 443),
    trust: isGooglesAlone ? SYSTEM_TRUST : trust,
  };
}

/** The longest lifetime that Google's token endpoint accepts, in seconds. */
const LIFETIME_SECONDS = 3600;

export interface Assertion {
  /** OAuth scopes, separated by spaces. */
  readonly scope: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A JWT that proves the account's identity (RFC 7523), signed with RS256. */
export function signedAssertion(account: ServiceAccount, { scope, now }: Assertion): string {
  const issuedAt = Math.floor(now / 1000);
  const header = { alg: "RS256", typ: "JWT", ...(account.keyId ? { kid: account.keyId } : {}) };
  const claims = {
    iss: account.email,
    scope,
    aud: account.tokenUri.href,
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
  };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), account.privateKey).toString("base64url")}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
