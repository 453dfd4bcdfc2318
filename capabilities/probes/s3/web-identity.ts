import { readFile } from "node:fs/promises";
import { failed } from "../../domain/failure";
import { hostPort } from "../messages";
import { openHttp, type HttpAnswer, type HttpOrigin } from "../net/http-client";
import type { ProbeContext } from "../probe";
import { SYSTEM_TRUST } from "../secrets/tls-trust";
import { awsStsHost } from "./aws-hosts";
import type { AccessKey, WebIdentity } from "./credentials";
import { requireAwsRegion } from "./endpoint";

/** Lifetime of the key, in seconds: the shortest that STS allows. */
const LIFETIME_SECONDS = 900;

/**
 * Exchanges the service account's token for a key (STS AssumeRoleWithWebIdentity). The request is unsigned:
 * the token authenticates it. The sink's own authorities are not trusted for it.
 * Throws `FailureError`: `NoCredentials`, `AuthenticationFailed`, and network causes.
 */
export async function assumeRole(
  identity: WebIdentity,
  region: string,
  context: ProbeContext,
): Promise<AccessKey> {
  const origin = stsOrigin(identity, region);
  const client = await openHttp(origin, context);
  try {
    const answer = await client.request({
      method: "POST",
      path: "/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: await requestBody(identity),
    });
    return keyIn(answer, origin);
  } finally {
    client.close();
  }
}

function stsOrigin({ stsEndpoint }: WebIdentity, region: string): HttpOrigin {
  const trust = SYSTEM_TRUST;
  if (stsEndpoint === undefined) {
    requireAwsRegion(region);
    return { secure: true, host: awsStsHost(region), port: 443, trust };
  }
  if (!URL.canParse(stsEndpoint)) {
    throw failed("NoCredentials", "AWS_ENDPOINT_URL_STS in the operator's environment is not a URL.");
  }
  const url = new URL(stsEndpoint);
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { secure, host, port: Number(url.port || (secure ? 443 : 80)), trust };
}

async function requestBody({ roleArn, sessionName, tokenFile }: WebIdentity): Promise<string> {
  const token = await readFile(tokenFile, "utf8").catch((error: unknown) => {
    throw failed(
      "NoCredentials",
      "The file of AWS_WEB_IDENTITY_TOKEN_FILE in the operator's pod cannot be read. Check its service account.",
      error,
    );
  });
  return new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: String(LIFETIME_SECONDS),
    WebIdentityToken: token.trim(),
  }).toString();
}

function keyIn({ status, body }: HttpAnswer, origin: HttpOrigin): AccessKey {
  const value = (name: string): string =>
    new RegExp(`<${name}>([^<\\s]{1,8192})</${name}>`).exec(body)?.[1] ?? "";
  const key = {
    accessKeyId: value("AccessKeyId"),
    secretAccessKey: value("SecretAccessKey"),
    sessionToken: value("SessionToken"),
  };
  if (status === 200 && Object.values(key).every((text) => text !== "")) return key;
  throw failed(
    "AuthenticationFailed",
    `AWS STS at ${hostPort(origin)} returned no key for the operator's role (HTTP ${status}). ` +
      "Check AWS_ROLE_ARN and the role's trust policy for the operator's service account.",
  );
}
