import { BUCKET, USER } from "../../../lab/backends/s3";
import { createAuthority } from "../../../lab/pki";
import { startS3 } from "../../../lab/servers/versitygw";
import { startWeb } from "../../../lab/servers/web";
import type { CaseServer, CaseServers } from "../run";
import { caValues } from "./ca-values";

/** Servers for cases of types s3 and gcs. */
export const S3_SERVERS: CaseServers = {
  s3: () => gateway(),
  "gcs-hmac": () => gateway(),
  /** With a certificate of an authority that no sink trusts. */
  "s3-tls": () => gateway(true),
  /** Says what MinIO's console said to S3 clients in its versions of 2021 and 2022. */
  "s3-console": async () => {
    const server = await startWeb(() => ({
      status: 403,
      headers: { "Content-Type": "application/xml" },
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>S3 API Request made to Console port. S3 Requests should be sent to API port.</Message></Error>',
    }));
    return { values: { server: `${server.host}:${server.port}` }, stop: server.close };
  },
};

/** A gateway with a bucket that belongs to the user. */
async function gateway(withTls = false): Promise<CaseServer> {
  const authority = createAuthority();
  const server = await startS3(withTls ? { tls: authority.issue({ names: ["localhost"] }) } : {});
  await server.createUser(USER.accessKeyID, USER.secretAccessKey);
  await server.createBucket(BUCKET, USER.accessKeyID);
  return {
    values: { server: `localhost:${server.port}`, ...USER, ...caValues(authority) },
    stop: server.stop,
  };
}
