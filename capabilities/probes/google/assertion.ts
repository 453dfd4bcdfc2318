import { sign } from "node:crypto";
import type { ServiceAccount } from "./service-account";

/** The longest that Google's token endpoint takes, in seconds. */
const LIFETIME_SECONDS = 3600;

export interface AssertionOptions {
  /** OAuth scopes, separated by spaces. */
  readonly scope: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A JWT that proves to be the account (RFC 7523), signed with RS256. */
export function signedAssertion(account: ServiceAccount, { scope, now }: AssertionOptions): string {
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
