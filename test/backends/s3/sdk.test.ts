import { HeadBucketCommand, ListObjectsV2Command, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AWS, parseEndpoint } from "../../../capabilities/probes/s3/endpoint";
import { s3Probe } from "../../../capabilities/probes/s3/probe";
import { runCase } from "../../../lab/backends/run-case";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { BUCKET, s3Case, STRANGER, USER } from "../../../lab/backends/s3";

/** The probe beside the SDK as others use it: with its own addresses, its own connections and its own reader. */
describe("addresses of AWS", () => {
  const regions = [
    "us-east-1",
    "eu-central-1",
    "ap-southeast-4",
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-isof-south-1",
    "eu-isoe-west-1",
    "eusc-de-east-1",
  ];
  const buckets = ["inventory", "in-ven-tory", "with.dots", "abc"];
  const rows = regions.flatMap((region) => buckets.map((bucket) => ({ region, bucket })));

  it.each(rows)("are the SDK's for bucket $bucket in $region", async ({ region, bucket }) => {
    const { hostname, path, protocol } = await requestOfSdk({ region }, bucket);
    const ours = parseEndpoint(`s3://${bucket}/x`, region, AWS);
    expect({ host: ours.host, path: `${ours.basePath}/` }).toEqual({ host: hostname, path });
    expect(protocol).toBe(ours.secure ? "https:" : "http:");
  });
});

describe("verdicts", () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    await server.createUser(USER.accessKeyID, USER.secretAccessKey);
    await server.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
    await server.createBucket(BUCKET, USER.accessKeyID);
  });
  afterAll(() => server?.stop());

  it.each([
    ["a good key", {}, BUCKET, undefined, undefined],
    [
      "an unknown key",
      { accessKeyID: "NOBODYKNOWS0001" },
      BUCKET,
      "InvalidAccessKeyId",
      "AuthenticationFailed",
    ],
    [
      "a wrong key",
      { secretAccessKey: "not-the-secret" },
      BUCKET,
      "SignatureDoesNotMatch",
      "AuthenticationFailed",
    ],
    ["no bucket", {}, "no-such-bucket", "NoSuchBucket", "TargetNotFound"],
    ["no right", STRANGER, BUCKET, "AccessDenied", "PermissionDenied"],
  ])("agree with the SDK's for %s", async (_what, change, bucket, sdkError, cause) => {
    const key = { ...USER, ...change };
    const config = {
      region: "us-east-1",
      endpoint: `http://${server.host}:${server.port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: key.accessKeyID, secretAccessKey: key.secretAccessKey },
    };
    expect(await errorOfSdk(config, bucket)).toBe(sdkError);
    const report = await runCase(
      s3Probe,
      s3Case(`http://${server.host}:${server.port}/${bucket}/a b`, { secret: key }),
    );
    expect(report.failure?.cause).toBe(cause);
  });
});

interface Sent {
  readonly hostname: string;
  readonly path: string;
  readonly protocol: string;
}

/** Where the SDK would send HeadBucket. */
async function requestOfSdk(config: S3ClientConfig, bucket: string): Promise<Sent> {
  let sent: Sent | undefined;
  const client = new S3Client({
    ...config,
    maxAttempts: 1,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  client.middlewareStack.add(
    () => (args) => {
      sent = args.request as Sent;
      throw new Error("not sent");
    },
    { step: "finalizeRequest", priority: "low" },
  );
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!sent) throw error;
  } finally {
    client.destroy();
  }
  if (!sent) throw new Error("the SDK sent nothing");
  return sent;
}

async function errorOfSdk(config: S3ClientConfig, bucket: string): Promise<string | undefined> {
  const client = new S3Client({ ...config, maxAttempts: 1 });
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1, Prefix: "a b/" }));
    return undefined;
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
}
