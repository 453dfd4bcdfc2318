import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { PlanOptions } from "../../../../capabilities/probes/probe";
import { s3Probe } from "../../../../capabilities/probes/s3/probe";
import type { S3Plan } from "../../../../capabilities/probes/s3/plan";
import { s3Case, USER } from "../../../../lab/backends/s3";
import { planOf, type ProbeCase } from "../../../../lab/backends/run-case";

const AMBIENT_KEY = { accessKeyId: "AKIAPOD", secretAccessKey: "pod-secret" };
const ROLE = { arn: "arn:aws:iam::1:role/kollect", tokenFile: "/var/run/token" };

function plan(probeCase: ProbeCase, options?: PlanOptions): S3Plan {
  return planOf(s3Probe, probeCase, options);
}

function failureOf(
  probeCase: ProbeCase,
  options?: PlanOptions,
): { cause?: string | undefined; message: string } {
  try {
    plan(probeCase, options);
  } catch (error) {
    if (error instanceof FailureError) return { cause: error.failure.cause, message: error.message };
    throw error;
  }
  throw new Error("the plan was made");
}

describe("the plan of an s3 sink", () => {
  it.each([
    ["s3://inventory/x", "inventory.s3.us-east-1.amazonaws.com"],
    ["https://minio:9000/inventory/x", "minio:9000/inventory"],
    ["https://minio/inventory", "minio/inventory"],
    ["http://minio/inventory", "minio/inventory"],
    ["https://[fd00::5]/inventory", "[fd00::5]/inventory"],
  ])("shows %s as %s", (endpoint, shown) => {
    expect(plan(s3Case(endpoint)).endpoint).toBe(shown);
  });

  it.each([
    [USER, { accessKeyId: USER.accessKeyID, secretAccessKey: USER.secretAccessKey }],
    [
      { AWS_ACCESS_KEY_ID: "A1", AWS_SECRET_ACCESS_KEY: "s1", AWS_SESSION_TOKEN: "t1" },
      { accessKeyId: "A1", secretAccessKey: "s1", sessionToken: "t1" },
    ],
    [
      { accessKeyID: "A1", secretAccessKey: " s1\n", sessionToken: "", AWS_ACCESS_KEY_ID: "other" },
      { accessKeyId: "A1", secretAccessKey: " s1\n" },
    ],
    [
      { accessKeyID: "", AWS_ACCESS_KEY_ID: "A/2", secretAccessKey: "schlüssel" },
      { accessKeyId: "A/2", secretAccessKey: "schlüssel" },
    ],
    [
      { accessKeyID: " A1 ", secretAccessKey: "s1" },
      { accessKeyId: " A1 ", secretAccessKey: "s1" },
    ],
  ])("reads the keys of %j", (secret, source) => {
    expect(plan(s3Case("inventory", { secret })).credentials.source).toEqual(source);
  });

  it.each([
    [{ secretAccessKey: "hunter22" }, "SecretKeyMissing", /accessKeyID, AWS_ACCESS_KEY_ID/],
    [{ accessKeyID: "A1" }, "SecretKeyMissing", /secretAccessKey, AWS_SECRET_ACCESS_KEY/],
    [
      { accessKeyID: "", secretAccessKey: "hunter22" },
      "SecretValueInvalid",
      /key accessKeyID of Secret s3-keys is empty/,
    ],
    [
      { accessKeyID: '"A1', secretAccessKey: "hunter22\r\nx: y" },
      "SecretValueInvalid",
      /key secretAccessKey/,
    ],
    [
      { accessKeyID: "A1\n", secretAccessKey: "hunter22" },
      "SecretValueInvalid",
      /key accessKeyID of Secret s3-keys ends in a line end, which is sent unchanged/,
    ],
    [{ ...USER, sessionToken: "hunter22\n" }, "SecretValueInvalid", /key sessionToken .* ends in a line end/],
    [{ accessKeyID: "A1", secretAccessKey: "\n" }, "SecretValueInvalid", /key secretAccessKey/],
    [{ accessKeyID: "A1,b", secretAccessKey: "hunter22" }, "SecretValueInvalid", /key accessKeyID/],
    [{ ...USER, sessionToken: "hunter22\u00a0x" }, "SecretValueInvalid", /key sessionToken/],
    [{ ...USER, "tls.key": "hunter22", "tls.crt": "x" }, "SecretValueInvalid", /tls\.crt/],
  ])("refuses the Secret %j with %s", (secret, cause, says) => {
    const failure = failureOf(s3Case("inventory", { secret }));
    expect(failure).toMatchObject({ cause, message: expect.stringMatching(says) });
    expect(failure.message).not.toContain("hunter22");
  });

  it.each(["s3://sts", "sts/x", "https://s3.amazonaws.com/sts"])(
    "refuses a region at AWS that would make the host that of a bucket: %s",
    (endpoint) => {
      expect(failureOf(s3Case(endpoint, { region: "s3" }))).toEqual({
        cause: "InvalidConfiguration",
        message:
          'spec.options.region is "s3", which is not an AWS region. Remove it, or write one such as us-east-1.',
      });
    },
  );

  it("refuses a sink of another family", () => {
    const { sink, secrets } = s3Case("inventory");
    const database = { ...sink, kind: "KollectDatabaseSink" } as unknown as typeof sink;
    expect(failureOf({ sink: database, secrets }).cause).toBe("InvalidConfiguration");
  });
});

describe("a sink without a Secret", () => {
  const withoutSecret = s3Case("s3://inventory", { secret: null });

  it.each([
    [
      "ambient credentials are not allowed",
      { ambientCredentials: false, cloud: { awsKey: AMBIENT_KEY } },
      /KOLLECT_ALLOW_AMBIENT_CREDENTIALS/,
    ],
    ["the pod has none", { ambientCredentials: true, cloud: {} }, /AWS_ROLE_ARN/],
    ["there was no search for any", { ambientCredentials: true }, /Other sources of AWS's SDKs are not read/],
  ])("has no credentials when %s", (_when, options, says) => {
    const failure = failureOf(withoutSecret, options);
    expect(failure).toMatchObject({ cause: "NoCredentials", message: expect.stringMatching(says) });
  });

  it("uses the pod's key before its role", () => {
    const options = { ambientCredentials: true, cloud: { awsKey: AMBIENT_KEY, awsRole: ROLE } };
    expect(plan(withoutSecret, options).credentials.source).toEqual(AMBIENT_KEY);
  });

  it("uses the pod's role", () => {
    const options = { ambientCredentials: true, cloud: { awsRole: ROLE } };
    expect(plan(withoutSecret, options).credentials.source).toMatchObject({
      roleArn: ROLE.arn,
      tokenFile: ROLE.tokenFile,
    });
  });

  it.each([
    "https://evil.example/inventory",
    "https://s3.amazonaws.com.evil.example/inventory",
    "http://s3.us-east-1.amazonaws.com/inventory",
    "http://minio.platform:9000/inventory",
  ])("never shows the pod's identity to %s", (endpoint) => {
    const options = {
      ambientCredentials: true,
      cloud: { awsKey: AMBIENT_KEY, awsS3Endpoint: "https://minio.platform:9000" },
    };
    const failure = failureOf(s3Case(endpoint, { secret: null }), options);
    expect(failure).toMatchObject({
      cause: "NoCredentials",
      message: expect.stringMatching(/only to AWS/),
    });
  });

  it("shows the pod's identity to the service that the administrator names", () => {
    const options = {
      ambientCredentials: true,
      cloud: { awsKey: AMBIENT_KEY, awsS3Endpoint: "https://minio.platform:9000" },
    };
    const own = s3Case("https://minio.platform:9000/inventory", { secret: null });
    expect(plan(own, options).credentials.source).toEqual(AMBIENT_KEY);
  });

  it("trusts the system's authorities alone where the pod's identity is used", () => {
    const options = { ambientCredentials: true, cloud: { awsKey: AMBIENT_KEY } };
    const careless = s3Case("s3://inventory", { secret: null, tls: { insecureSkipVerify: true } });
    expect(plan(careless, options).trust).toEqual({ insecureSkipVerify: false });
  });
});

describe("the question for the right to write", () => {
  it.each([
    ["s3://inventory", "inventory/shop/.kollect-connection-test.json", "inventory/"],
    [
      "https://minio/inventory/a%20b/c",
      "a b/c/inventory/shop/.kollect-connection-test.json",
      "a b/c/inventory/",
    ],
    [
      "https://minio/inventory/a//./b/../c/",
      "a/c/inventory/shop/.kollect-connection-test.json",
      "a/c/inventory/",
    ],
    ["s3://inventory//a", "/a/inventory/shop/.kollect-connection-test.json", "/a/inventory/"],
  ])("of %s is about %s", (endpoint, key, below) => {
    expect(plan(s3Case(endpoint)).write).toEqual({
      isAsked: true,
      key,
      below,
      need: "s3:PutObject",
      namespace: "shop",
    });
  });

  it("can be turned off", () => {
    const options = { ambientCredentials: false, s3WriteCheck: false };
    expect(plan(s3Case("s3://inventory"), options).write.isAsked).toBe(false);
  });
});
