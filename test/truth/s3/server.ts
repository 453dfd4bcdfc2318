import {
  DeleteBucketPolicyCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";

export const BUCKET = "bkt";
/** The sink's user, who has what the bucket's policy gives. */
export const USER = { accessKeyID: "KOLLECTUSER0001", secretAccessKey: "correct/horse+battery&staple=1" };

/** The servers of the rows: in the exporter's region, over HTTPS, and in another region. */
export interface S3Servers {
  readonly plain: S3Server;
  readonly secure: S3Server;
  readonly europe: S3Server;
  readonly authority: Authority;
  stop(): Promise<void>;
}

export async function startServers(): Promise<S3Servers> {
  const authority = createAuthority();
  const [plain, secure, europe] = await Promise.all([
    startS3({ keepAlive: true }),
    startS3({ keepAlive: true, tls: authority.issue({ names: ["localhost"] }) }),
    startS3({ keepAlive: true, region: "eu-central-1" }),
  ]);
  const all = [plain, secure, europe];
  await Promise.all(
    all.map(async (server) => {
      await server.createUser(USER.accessKeyID, USER.secretAccessKey);
      await server.createBucket(BUCKET, server.root.accessKeyID);
    }),
  );
  return {
    plain,
    secure,
    europe,
    authority,
    stop: async () => void (await Promise.all(all.map((server) => server.stop()))),
  };
}

/** The owner's own client of a server in plain text. */
export function ownerOf({ host, port, root }: S3Server, region = "us-east-1"): S3Client {
  return new S3Client({
    region,
    endpoint: `http://${host}:${port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: root.accessKeyID, secretAccessKey: root.secretAccessKey },
  });
}

/** A statement of a policy without its principal. */
export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Gives the sink's user these rights and no others. */
export async function grant(server: S3Server, statements: readonly Statement[]): Promise<void> {
  const owner = ownerOf(server);
  try {
    if (statements.length === 0) {
      await owner.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
      return;
    }
    const Statement = statements.map((statement) => ({
      ...statement,
      Principal: { AWS: [USER.accessKeyID] },
    }));
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await owner.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
  } finally {
    owner.destroy();
  }
}

/** The names of all objects of the bucket, and of their versions, as its owner sees them. */
export async function objectsIn(owner: S3Client, bucket = BUCKET): Promise<string[]> {
  const { Contents = [] } = await owner.send(new ListObjectsV2Command({ Bucket: bucket }));
  const { Versions = [], DeleteMarkers = [] } = await owner
    .send(new ListObjectVersionsCommand({ Bucket: bucket }))
    .catch(() => ({ Versions: [], DeleteMarkers: [] }));
  return [...Contents, ...Versions, ...DeleteMarkers].map(({ Key = "" }) => Key).sort();
}
