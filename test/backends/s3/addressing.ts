import { describe, expect, it } from "vitest";
import { createAddressPolicy } from "../../../capabilities/probes/net/address-policy";
import { createDialler } from "../../../capabilities/probes/net/guarded-dialler";
import { openHttp } from "../../../capabilities/probes/net/http-client";
import { systemResolver } from "../../../capabilities/probes/net/names/system-resolver";
import { createRecorder } from "../../../capabilities/probes/recorder";
import { sendS3 } from "../../../capabilities/probes/s3/sdk/send";
import { LOOPBACK_ALLOWED } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, trusting, USER } from "../../../lab/backends/s3";
import { expectPassed } from "../expect-report";
import { AT_LOOPBACK } from "../pod-identity";
import { AWS_NAME, run, type Stage } from "./stage";

export function addressing(stage: Stage): void {
  describe("s3 addressing", () => {
    it("asks AWS by the bucket in the path of a URL, for the region that the sink says", async () => {
      const report = await expectPassed(
        run(
          s3Case(`https://${AWS_NAME}:${stage.aws.port}/${BUCKET}/snapshots`, {
            tls: trusting(stage.authority.cert),
            region: "eu-central-1",
          }),
          AT_LOOPBACK,
        ),
      );
      expect(report.endpoint).toBe(`${AWS_NAME}:${stage.aws.port}/${BUCKET}`);
      expect(report.limited).toContainEqual({ id: "RegionIgnored" });
    });

    it.each(["snapshots", "a b/c+d", "ü/(1)!*'", "100%/~x", "日本", "a=b&c"])(
      "signs a listing of prefix %s as the server does",
      async (prefix) => {
        const address = {
          secure: true,
          host: "localhost",
          port: stage.server.port,
          basePath: `/${BUCKET}`,
          bucket: BUCKET,
          prefix,
          region: "us-east-1",
          isProvider: false,
        };
        const key = { accessKeyId: USER.accessKeyID, secretAccessKey: USER.secretAccessKey };
        const question = { command: "ListObjectsV2", prefix: `${prefix}/`, maxKeys: 1 } as const;
        const { signal } = new AbortController();
        const recorder = createRecorder(Date.now);
        const dialler = createDialler({
          policy: createAddressPolicy(LOOPBACK_ALLOWED),
          recorder,
          resolveHost: systemResolver(),
          signal,
        });
        try {
          const trust = { ca: stage.authority.cert, insecureSkipVerify: false };
          const client = await openHttp({ ...address, trust }, { dialler, recorder, signal });
          expect(await sendS3(question, { client, address, key, now: Date.now() })).toMatchObject({
            status: 200,
            body: expect.stringContaining("<ListBucketResult"),
          });
        } finally {
          dialler.close();
        }
      },
    );
  });
}
