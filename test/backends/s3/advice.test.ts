import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Probe } from "../../../capabilities/probes/s3/probe";
import { BUCKET, s3Case, STRANGER, USER } from "../../../lab/backends/s3";
import { runCase } from "../../../lab/backends/run-case";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { expectClean } from "../../contract/leaks";

let server: S3Server;
beforeAll(async () => {
  server = await startS3({ keepAlive: true });
  await server.createUser(USER.accessKeyID, USER.secretAccessKey);
  await server.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
  await server.createBucket(BUCKET, USER.accessKeyID);
});
afterAll(() => server?.stop());

interface Advised {
  readonly what: string;
  readonly secret: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly cause: string;
  readonly says: RegExp;
}

describe("the advice of an s3 verdict", () => {
  it.each<Advised>([
    {
      what: "no right to write",
      secret: STRANGER,
      cause: "PermissionDenied",
      says: /does not let the keys .* put objects into bucket inventory\. Allow \{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::inventory\/snapshots\/inventory\/\*"\}\.$/,
    },
    {
      what: "a secret access key with a line end",
      secret: { ...USER, secretAccessKey: `${USER.secretAccessKey}\n` },
      cause: "SecretValueInvalid",
      says: /The key secretAccessKey of Secret s3-keys ends in a line end, which is sent unchanged/,
    },
    {
      what: "a secret access key with a space",
      secret: { ...USER, secretAccessKey: `${USER.secretAccessKey} ` },
      cause: "SecretValueInvalid",
      says: /The key secretAccessKey of Secret s3-keys begins or ends with white space/,
    },
    {
      what: "no right to write below a prefix that a policy would take for more than itself",
      secret: STRANGER,
      path: `${BUCKET}/a*`,
      cause: "PermissionDenied",
      says: /Allow s3:PutObject on the objects below a\*\/inventory\/\.$/,
    },
  ])("reports $cause for $what", async ({ secret, path = `${BUCKET}/snapshots`, cause, says }) => {
    const report = await runCase(s3Probe, s3Case(`http://${server.host}:${server.port}/${path}`, { secret }));
    expectClean(report, [USER.secretAccessKey, STRANGER.secretAccessKey]);
    expect(report.failure).toMatchObject({ cause, message: expect.stringMatching(says) });
    expect(report.failure?.message.length).toBeLessThan(300);
  });
});
