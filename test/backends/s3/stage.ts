import { afterAll, beforeAll } from "vitest";
import { s3Probe } from "../../../capabilities/probes/s3/probe";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, STRANGER, trusting, USER, type S3CaseOptions } from "../../../lab/backends/s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { runsOf } from "../expect-report";

export const WRONG = "not-the-secret/of+any-user";
export const TOKEN = "a-session/token+that=was-never-issued";
export const SECRETS = [USER.secretAccessKey, STRANGER.secretAccessKey, WRONG, TOKEN];
export const AWS_NAME = "s3.eu-central-1.amazonaws.com";

export const run = runsOf(s3Probe, SECRETS);

export interface Stage {
  readonly authority: Authority;
  /** With TLS, in us-east-1. */
  readonly server: S3Server;
  /** With the names and the region of AWS. */
  readonly aws: S3Server;
  /** Without TLS. */
  readonly plain: S3Server;
  /** A sink at `server`. */
  at(path: string, options?: S3CaseOptions): ProbeCase;
}

/** Servers with users and a bucket for the tests of a file. */
export function useS3(): Stage {
  const authority = createAuthority();
  let server: S3Server;
  let aws: S3Server;
  let plain: S3Server;
  beforeAll(async () => {
    [server, aws, plain] = await Promise.all([
      startS3({ tls: authority.issue({ names: ["localhost"] }), keepAlive: true }),
      startS3({
        tls: authority.issue({ names: [AWS_NAME] }),
        region: "eu-central-1",
      }),
      startS3({ keepAlive: true }),
    ]);
    await Promise.all(
      [server, aws, plain].map(async (one) => {
        await one.createUser(USER.accessKeyID, USER.secretAccessKey);
        await one.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
        await one.createBucket(BUCKET, USER.accessKeyID);
      }),
    );
  });
  afterAll(() => Promise.all([server, aws, plain].map((one) => one?.stop())));
  return {
    authority,
    get server() {
      return server;
    },
    get aws() {
      return aws;
    },
    get plain() {
      return plain;
    },
    at: (path, options) =>
      s3Case(`https://localhost:${server.port}/${path}`, { tls: trusting(authority.cert), ...options }),
  };
}
