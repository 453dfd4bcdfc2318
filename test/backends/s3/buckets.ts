import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { createS3Probe } from "../../../capabilities/probes/s3/probe";
import { BUCKET, STRANGER, USER, type S3CaseOptions } from "../../../lab/backends/s3";
import { ALL_PASSED, expectFailure, expectPassed, results, runsOf } from "../expect-report";
import { run, SECRETS, TOKEN, WRONG, type Stage } from "./stage";

export function buckets(stage: Stage): void {
  describe("s3 verdicts", () => {
    it("passes every phase but Authorize, which only a write could answer", async () => {
      const report = await expectPassed(run(stage.at(`${BUCKET}/snapshots`)));
      expect(report.endpoint).toBe(`localhost:${stage.server.port}/${BUCKET}`);
      expect(results(report)).toEqual({
        ...ALL_PASSED,
        Authorize: "Skipped: only a write could tell whether objects may be put",
      });
      expect(report.tls?.issuer).toContain("Kollect Test CA");
      expect(report.insecure).toBeUndefined();
    });

    it.each<{
      what: string;
      path: string;
      options: S3CaseOptions;
      cause: Cause;
      says: RegExp;
    }>([
      {
        what: "an unknown access key",
        path: BUCKET,
        options: { secret: { ...USER, accessKeyID: "NOBODYKNOWS0001" } },
        cause: "AuthenticationFailed",
        says: /does not know the access key\. Check the keys accessKeyID and secretAccessKey of Secret s3-keys/,
      },
      {
        what: "a wrong secret access key",
        path: BUCKET,
        options: { secret: { AWS_ACCESS_KEY_ID: USER.accessKeyID, AWS_SECRET_ACCESS_KEY: WRONG } },
        cause: "AuthenticationFailed",
        says: /refused the signature.*Check the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of Secret s3-keys/,
      },
      {
        what: "a session token that nobody issued",
        path: BUCKET,
        options: { secret: { ...USER, sessionToken: TOKEN } },
        cause: "AuthenticationFailed",
        says: /refused the session token. Renew the key sessionToken of Secret s3-keys/,
      },
      {
        what: "a missing bucket",
        path: "no-such-bucket/snapshots",
        options: {},
        cause: "TargetNotFound",
        says: /S3 at localhost:\d+ has no bucket no-such-bucket\. Create it, or check spec\.endpoint/,
      },
      {
        what: "another region",
        path: BUCKET,
        options: { region: "eu-west-1" },
        cause: "InvalidConfiguration",
        says: /in region us-east-1, not eu-west-1\. Set spec\.options\.region to us-east-1/,
      },
    ])("reports $cause for $what", async ({ path, options, cause, says }) => {
      await expectFailure(run(stage.at(path, options)), cause, says);
    });

    it("says which phase a missing bucket ends, and that the credentials were good", async () => {
      expect(results(await run(stage.at("no-such-bucket")))).toMatchObject({
        Authenticate: "Passed",
        Verify: "Failed",
      });
    });

    it("skips Verify, and does not fail, when good credentials may not ask", async () => {
      const report = await expectPassed(run(stage.at(BUCKET, { secret: STRANGER })));
      expect(results(report)).toMatchObject({
        Authenticate: "Passed",
        Verify: "Skipped: not permitted to ask",
      });
    });

    it.each([
      ["behind", -3600_000],
      ["ahead of", 3600_000],
    ])("names the clock skew when the operator's clock is %s the server's", async (way, skew) => {
      await expectFailure(
        runsOf(
          createS3Probe(() => Date.now() + skew),
          SECRETS,
        )(stage.at(BUCKET)),
        "AuthenticationFailed",
        new RegExp(`clock is 60 min ${way} that of S3 at .*clock skew`),
      );
    });

    it("asks with HEAD and GET alone", async () => {
      await run(stage.at(`${BUCKET}/snapshots`));
      await run(stage.at(BUCKET, { secret: STRANGER }));
      const methods = stage.server.requests().map(({ method }) => method);
      expect(methods.length).toBeGreaterThan(0);
      expect([...new Set(methods)].sort()).toEqual(["GET", "HEAD"]);
    });
  });
}
