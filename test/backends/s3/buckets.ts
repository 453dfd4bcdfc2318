import { describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { createS3Probe } from "../../../capabilities/probes/s3/probe";
import { BUCKET, STRANGER, USER, type S3CaseOptions } from "../../../lab/backends/s3";
import { ALL_PASSED, expectFailure, expectPassed, results, runsOf } from "../expect-report";
import { run, SECRETS, TOKEN, WRONG, type Stage } from "./stage";

export function buckets(stage: Stage): void {
  describe("s3 verdicts", () => {
    it("passes every phase of a sink that works", async () => {
      const report = await expectPassed(run(stage.at(`${BUCKET}/snapshots`)));
      expect(report.endpoint).toBe(`localhost:${stage.server.port}/${BUCKET}`);
      expect(results(report)).toEqual(ALL_PASSED);
      expect(report.unproven).toBeUndefined();
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
        says: /does not recognize the access key\. Check the keys accessKeyID and secretAccessKey of Secret s3-keys/,
      },
      {
        what: "a wrong secret access key",
        path: BUCKET,
        options: { secret: { AWS_ACCESS_KEY_ID: USER.accessKeyID, AWS_SECRET_ACCESS_KEY: WRONG } },
        cause: "AuthenticationFailed",
        says: /refused the signature.*Check the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of Secret s3-keys/,
      },
      {
        what: "a session token that was never issued",
        path: BUCKET,
        options: { secret: { ...USER, sessionToken: TOKEN } },
        cause: "AuthenticationFailed",
        says: /refused the session token. Kollect 0\.18 ignores .*, and remove the key sessionToken of Secret s3-keys/,
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
        says: /in region us-east-1, not eu-west-1\. Kollect 0\.18 signs for us-east-1 .*: remove it/,
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

    it("skips Verify when good credentials may not ask", async () => {
      const report = await expectFailure(run(stage.at(BUCKET, { secret: STRANGER })), "PermissionDenied");
      expect(results(report)).toMatchObject({
        Authenticate: "Passed",
        Verify: "Skipped: not permitted to ask",
        Authorize: "Failed",
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

    it("asks with HEAD and GET, and writes nothing but what must be refused", async () => {
      await run(stage.at(`${BUCKET}/snapshots`));
      await run(stage.at(BUCKET, { secret: STRANGER }));
      const asked = stage.server.requests();
      expect([...new Set(asked.map(({ method }) => method))].sort()).toEqual(["GET", "HEAD", "PUT"]);
      const put = asked.filter(({ method }) => method === "PUT").map(({ path }) => path);
      expect(put.every((path) => path.endsWith("/inventory/shop/.kollect-connection-test.json"))).toBe(true);
    });
  });
}
