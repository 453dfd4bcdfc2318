import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import type { CloudEnvironment } from "../../../capabilities/config/cloud-environment";
import type { RunOptions } from "../../../lab/backends/run-case";
import { BUCKET, USER } from "../../../lab/backends/s3";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import type { WebAnswer, WebServer } from "../../../lab/servers/web";
import { expectFailure, expectPassed } from "../expect-report";
import { withPodIdentity } from "../pod-identity";
import { at, error, run, web } from "./web";

/** Exchanges the token as STS does, for a key that the real S3 service knows. */
describe("s3 with the pod's role", () => {
  let server: S3Server;
  let folder: string;
  let tokenFile: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kollect-token-"));
    tokenFile = join(folder, "token");
    await writeFile(tokenFile, "canary-token-1\n");
    server = await startS3();
    await server.createUser(USER.accessKeyID, USER.secretAccessKey);
    await server.createBucket(BUCKET, USER.accessKeyID);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function ambient(sts: WebServer, file = tokenFile): RunOptions {
    const cloud: CloudEnvironment = {
      awsRole: { arn: "arn:aws:iam::1:role/kollect", tokenFile: file, sessionName: "probe" },
      awsStsEndpoint: `http://${sts.host}:${sts.port}`,
      awsS3Endpoint: `http://${server.host}:${server.port}`,
    };
    return withPodIdentity(cloud);
  }

  function credentials(accessKeyId: string, secretAccessKey: string, sessionToken: string): WebAnswer {
    const fields = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken };
    const xml = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
    return {
      status: 200,
      body: `<AssumeRoleWithWebIdentityResult>${xml.join("")}</AssumeRoleWithWebIdentityResult>`,
    };
  }

  it("exchanges the service account's token and signs with what it got", async () => {
    const sts = await web(() => credentials("ASIAPROBE", "canary-secret-1", "canary-session-1"));
    const s3 = await web(() => ({ status: 200, headers: { "x-amz-request-id": "1" } }));
    const options = ambient(sts);
    const cloud = { ...options.plan?.cloud, awsS3Endpoint: `http://${s3.host}:${s3.port}` };
    await expectPassed(run(at(s3, { secret: null }), withPodIdentity(cloud)));
    expect(Object.fromEntries(new URLSearchParams(sts.requests[0]?.body))).toEqual({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::1:role/kollect",
      RoleSessionName: "probe",
      DurationSeconds: "900",
      WebIdentityToken: "canary-token-1",
    });
    expect(s3.requests[0]?.headers).toMatchObject({
      "x-amz-security-token": "canary-session-1",
      authorization: expect.stringContaining("Credential=ASIAPROBE/"),
    });
  });

  it("reports a key that the S3 service does not know", async () => {
    const sts = await web(() => credentials("ASIAUNKNOWN", "canary-secret-1", "canary-session-1"));
    await expectFailure(
      run(at(server, { secret: null }), ambient(sts)),
      "AuthenticationFailed",
      "the operator's own AWS identity",
    );
  });

  it.each<[what: string, answer: WebAnswer, cause: Cause, says: RegExp]>([
    ["refuses the token", error(400, "InvalidIdentityToken"), "AuthenticationFailed", /role's trust policy/],
    ["answers nonsense", { status: 200, body: "<html>" }, "AuthenticationFailed", /returned no key/],
  ])("reports it when STS %s", async (_what, answer, cause, says) => {
    const sts = await web(() => answer);
    await expectFailure(run(at(server, { secret: null }), ambient(sts)), cause, says);
  });

  it("reports a token file that is not there, without dialling STS for nothing", async () => {
    const sts = await web(() => ({ status: 500 }));
    await expectFailure(
      run(at(server, { secret: null }), ambient(sts, join(folder, "missing"))),
      "NoCredentials",
      "AWS_WEB_IDENTITY_TOKEN_FILE",
    );
    expect(sts.requests).toEqual([]);
  });
});
