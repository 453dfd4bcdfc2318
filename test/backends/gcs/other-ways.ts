import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, STRANGER, trusting, USER } from "../../../lab/backends/s3";
import { expectFailure, expectPassed, results } from "../expect-report";
import { run, writer, type Stage } from "./stage";

export function otherWays(stage: Stage): void {
  describe("gcs at a server that tells no permissions", () => {
    const direct = (path: string): ProbeCase =>
      stage.keyCase(
        `http://${stage.storage.host}:${stage.storage.port}/${path}`,
        stage.server.keyFile(writer),
      );

    it("verifies by a listing and skips Authorize", async () => {
      const report = await expectPassed(run(direct(`${BUCKET}/a b/ü`)));
      expect(results(report).Verify).toBe("Passed");
      expect(results(report).Authorize).toBe("Skipped: the service does not report permissions");
      expect(report.insecure).toBe("PlainText");
    });

    it("reports TargetNotFound when there is no bucket", async () => {
      await expectFailure(run(direct("no-such-bucket")), "TargetNotFound");
    });
  });

  describe("gcs with HMAC keys", () => {
    const hmac = (
      bucket: string,
      secret: Readonly<Record<string, string>> = USER,
      region = "us-east-1",
    ): ProbeCase =>
      s3Case(`https://localhost:${stage.s3.port}/${bucket}`, {
        type: "gcs",
        secret,
        region,
        tls: trusting(stage.authority.cert),
      });

    it("asks by S3's protocol", async () => {
      const report = await expectPassed(run(hmac(BUCKET)));
      expect(results(report).Authorize).toBe("Passed");
      expect(report.unproven).toBeUndefined();
    });

    it.each<[what: string, makeCase: () => ProbeCase, cause: Cause]>([
      [
        "a wrong key",
        () => hmac(BUCKET, { ...USER, secretAccessKey: STRANGER.secretAccessKey }),
        "AuthenticationFailed",
      ],
      ["no bucket", () => hmac("no-such-bucket"), "TargetNotFound"],
    ])("reports %s in the name of Google Cloud Storage", async (_what, makeCase, cause) => {
      await expectFailure(run(makeCase()), cause, /^Google Cloud Storage at /);
    });

    it("reports PermissionDenied, and skips Verify, when good keys have no right", async () => {
      const report = await expectFailure(
        run(hmac(BUCKET, STRANGER)),
        "PermissionDenied",
        /"Action":"s3:PutObject"/,
      );
      expect(results(report).Verify).toBe("Skipped: not permitted to ask");
    });
  });
}
