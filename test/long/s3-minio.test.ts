import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { exportToS3 } from "../../lab/exporter/s3";
import { startMinio, type Minio } from "../../lab/servers/minio";
import { verdictOf } from "../../lab/truth/verdict";
import { MINIO_ROWS } from "../truth/s3/minio";
import { sinkAt } from "../truth/s3/cases";
import { BUCKET, objectsIn, USER } from "../truth/s3/server";
import { truthTable } from "../truth/truth-table";

const VERSIONED = "versioned";

let minio: Minio;
let europe: Minio;
beforeAll(async () => {
  [minio, europe] = await Promise.all([startMinio(), startMinio("eu-lab-1")]);
  for (const server of [minio, europe]) {
    await withOwner(server, async (owner) => {
      for (const Bucket of [BUCKET, VERSIONED]) await owner.send(new CreateBucketCommand({ Bucket }));
      await owner.send(
        new PutBucketVersioningCommand({
          Bucket: VERSIONED,
          VersioningConfiguration: { Status: "Enabled" },
        }),
      );
    });
  }
});
afterAll(() => Promise.all([minio?.stop(), europe?.stop()]));

describe("MinIO", () => {
  it.each([BUCKET, VERSIONED])("keeps nothing of the question in bucket %s", async (bucket) => {
    const everything = { Effect: "Allow", Action: "s3:*", Resource: ["arn:aws:s3:::*"] };
    for (const statements of [[everything], []]) {
      await minio.setUser(USER, statements);
      const verdict = await verdictOf(sinkAt(`http://${minio.host}:${minio.port}/${bucket}/kollect`), {
        exporter: DEFAULT_EXPORTER,
      });
      expect(verdict.cause).toBe(statements.length > 0 ? undefined : "PermissionDenied");
    }
    await withOwner(minio, async (owner) => expect(await objectsIn(owner, bucket)).toEqual([]));
  });
});

truthTable({ type: "s3", rows: MINIO_ROWS, exporter: exportToS3, server: () => ({ minio, europe }) });

async function withOwner(
  { host, port, region, root }: Minio,
  act: (owner: S3Client) => Promise<void>,
): Promise<void> {
  const owner = new S3Client({
    region,
    endpoint: `http://${host}:${port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: root.accessKeyID, secretAccessKey: root.secretAccessKey },
  });
  try {
    await act(owner);
  } finally {
    owner.destroy();
  }
}
