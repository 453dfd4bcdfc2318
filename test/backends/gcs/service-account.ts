import { describe, expect, it } from "vitest";
import { createGcsProbe } from "../../../capabilities/probes/gcs/probe";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, trusting } from "../../../lab/backends/s3";
import { ALL_PASSED, expectFailure, expectPassed, results, runsOf } from "../expect-report";
import { AT_LOOPBACK } from "../pod-identity";
import { owner, reader, run, SECRETS, stranger, writer, type Stage } from "./stage";

export function serviceAccount(stage: Stage): void {
  describe("gcs with a service account", () => {
    it("passes every phase when the account may create and delete objects", async () => {
      const report = await expectPassed(run(stage.at(`${BUCKET}/snapshots`, owner)));
      expect(report.unproven).toBeUndefined();
      expect(report.limited).toContainEqual({ id: "CredentialsJSONIgnored" });
      expect(report.endpoint).toBe(`localhost:${stage.server.port}/${BUCKET}`);
      expect(results(report)).toEqual(ALL_PASSED);
      expect(report.insecure).toBeUndefined();
    });

    it("says what is not proven when it may create objects and not delete them", async () => {
      const report = await expectPassed(run(stage.at(BUCKET, writer)));
      expect(report.unproven).toEqual([
        {
          need: "storage.objects.delete",
          kind: "NotAnswered",
          why: expect.stringMatching(
            /^the account may not overwrite objects in the whole bucket; a grant for a/,
          ) as string,
        },
      ]);
      expect(results(report).Authorize).toBe("Passed");
    });

    it("does not take a right that the bucket does not give for one that no prefix gives", async () => {
      const report = await expectPassed(run(stage.at(BUCKET, reader)));
      expect(report.unproven?.map(({ need }) => need)).toEqual([
        "storage.objects.create",
        "storage.objects.delete",
      ]);
      expect(results(report).Verify).toBe("Passed");
      expect(results(report).Authorize).toMatch(
        /^Skipped: .*a grant for a prefix or managed folder cannot be checked$/,
      );
    });

    it("reports TargetNotFound when there is no bucket", async () => {
      const report = await expectFailure(
        run(stage.at("no-such-bucket")),
        "TargetNotFound",
        /has no bucket no-such-bucket\. Create it, or check spec\.endpoint/,
      );
      expect(results(report).Authenticate).toBe("Passed");
    });

    it.each<[what: string, makeCase: () => ProbeCase]>([
      ["an account that is not known", () => stage.at(BUCKET, stranger)],
      ["a key that was revoked", () => stage.at(BUCKET, writer, { private_key_id: "0".repeat(40) })],
      ["another account's key", () => stage.at(BUCKET, writer, { private_key: stranger.file.private_key })],
    ])("reports AuthenticationFailed for %s", async (_what, makeCase) => {
      const report = await expectFailure(
        run(makeCase()),
        "AuthenticationFailed",
        /refused the key of service account \S+@tests\.iam\.gserviceaccount\.com/,
      );
      expect(results(report).Authenticate).toBe("Failed");
    });

    it("reports AuthenticationFailed when the API does not take the token", async () => {
      await expectFailure(
        run(stage.keyCase(`https://localhost:${stage.other.port}/${BUCKET}`, stage.server.keyFile(writer))),
        "AuthenticationFailed",
        /refused the access token/,
      );
    });

    it("names the clock skew", async () => {
      await expectFailure(
        runsOf(
          createGcsProbe(() => Date.now() - 2 * 3600_000),
          SECRETS,
        )(stage.at(BUCKET)),
        "AuthenticationFailed",
        /operator's clock is 120 min behind that of the token endpoint localhost:\d+/,
      );
    });

    it("asks nothing but for a token and for permissions", async () => {
      const before = stage.server.requests.length;
      await run(stage.at(BUCKET));
      expect(stage.server.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
        "POST /token",
        `GET /storage/v1/b/${BUCKET}/iam/testPermissions` +
          "?permissions=storage.objects.create&permissions=storage.objects.delete",
      ]);
    });

    it("finds Google's own address for gs://, and verifies its name", async () => {
      const { secrets } = stage.at(BUCKET);
      const { sink } = s3Case(`https://storage.googleapis.com:${stage.server.port}/${BUCKET}`, {
        type: "gcs",
        tls: trusting(stage.authority.cert),
      });
      const report = await expectPassed(run({ sink, secrets }, AT_LOOPBACK));
      expect(report.endpoint).toBe(`storage.googleapis.com:${stage.server.port}/${BUCKET}`);
    });
  });
}
