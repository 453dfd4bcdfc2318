import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { GcsPlan } from "../../../../capabilities/probes/gcs/plan";
import { gcsProbe } from "../../../../capabilities/probes/gcs/probe";
import type { PlanOptions } from "../../../../capabilities/probes/probe";
import { s3Case, USER, type S3CaseOptions } from "../../../../lab/backends/s3";
import { planOf } from "../../../../lab/backends/run-case";
import { createAccount } from "../../../../lab/servers/google/stand-in";

const KEY_FILE = { "credentials.json": JSON.stringify(createAccount("kollect").file) };
const AMBIENT: PlanOptions = { ambientCredentials: true, cloud: {} };

function plan(endpoint: string | undefined, options: S3CaseOptions = {}, planOptions?: PlanOptions): GcsPlan {
  return planOf(gcsProbe, s3Case(endpoint, { type: "gcs", ...options }), planOptions);
}

function causeOf(make: () => GcsPlan): { cause?: string | undefined; message: string } {
  try {
    make();
  } catch (error) {
    if (error instanceof FailureError) return { cause: error.failure.cause, message: error.message };
    throw error;
  }
  throw new Error("the plan was made");
}

describe("the plan of a gcs sink", () => {
  it.each([
    ["gs://inventory/snapshots", "storage.googleapis.com/inventory"],
    ["inventory/snapshots", "storage.googleapis.com/inventory"],
    ["https://storage.googleapis.com/inventory/x", "storage.googleapis.com/inventory"],
    ["https://storage.example:8443/inventory", "storage.example:8443/inventory"],
  ])("asks the JSON API for %s at %s with a service account", (endpoint, shown) => {
    expect(plan(endpoint, { secret: KEY_FILE })).toMatchObject({
      endpoint: shown,
      bucket: "inventory",
      identity: { kind: "account" },
    });
  });

  it.each([
    [
      "gs://inventory/snapshots",
      { host: "storage.googleapis.com", basePath: "/inventory", region: "us-east-1" },
    ],
    ["https://minio:9000/inventory", { host: "minio", port: 9000, basePath: "/inventory" }],
  ])("signs for %s with HMAC keys", (endpoint, address) => {
    const made = plan(endpoint, { secret: USER });
    expect(made.type).toBe("gcs");
    expect("address" in made && made.address).toMatchObject(address);
  });

  it("prefers the HMAC keys where a Secret has both, and does not look at the key file", () => {
    expect("identity" in plan("gs://inventory", { secret: { ...USER, ...KEY_FILE } })).toBe(false);
    expect("identity" in plan("gs://inventory", { secret: { ...USER, "credentials.json": "{" } })).toBe(
      false,
    );
  });

  it.each([
    ["https://storage.googleapis.com/inventory", "storage.objects.create"],
    ["https://minio:9000/inventory", "s3:PutObject"],
  ])("calls the right to write at %s %s", (endpoint, need) => {
    const made = plan(endpoint, { secret: USER });
    expect("address" in made && made.write.need).toBe(need);
  });

  it.each<[what: string, make: () => GcsPlan, cause: string, says: RegExp]>([
    [
      "an s3 address",
      () => plan("s3://inventory"),
      "InvalidConfiguration",
      /Write it as https:\/\/storage\.googleapis\.com\/bucket\/prefix or https:\/\/host\/bucket\/prefix/,
    ],
    ["no address", () => plan(undefined), "InvalidConfiguration", /spec\.endpoint is missing/],
    [
      "a Secret with neither",
      () => plan("gs://x-y", { secret: { other: "1" } }),
      "SecretKeyMissing",
      /Secret s3-keys has no credentials for a gcs sink\. Add the keys accessKeyID and secretAccessKey \(HMAC keys\); credentials\.json would be tested, but Kollect 0\.18 does not read it\./,
    ],
    [
      "a key file under another name, with an exporter that has no limitations",
      () =>
        plan(
          "gs://x-y",
          { secret: { "key.json": KEY_FILE["credentials.json"] } },
          {
            ambientCredentials: false,
            exporter: { version: "none", strict: false, privateSinks: "allowed" },
          },
        ),
      "SecretKeyMissing",
      /or credentials\.json, a service account's key file\./,
    ],
    [
      "one HMAC key without the other",
      () => plan("gs://x-y", { secret: { accessKeyID: "A1", ...KEY_FILE } }),
      "SecretKeyMissing",
      /secretAccessKey, AWS_SECRET_ACCESS_KEY/,
    ],
    [
      "a bucket in the host",
      () => plan("https://inventory.storage.googleapis.com/x", { secret: USER }),
      "InvalidConfiguration",
      /Write it as https:\/\/storage\.googleapis\.com\/inventory\/x\./,
    ],
    [
      "no Secret in strict mode, because the exporter has no identity of Google's",
      () =>
        plan(
          "gs://inventory",
          { secret: null },
          { ...AMBIENT, exporter: { version: "0.18", strict: true, privateSinks: "allowed" } },
        ),
      "NoCredentials",
      /Kollect 0\.18 uses no Google identity/,
    ],
    [
      "a broken key file",
      () => plan("gs://inventory", { secret: { "credentials.json": "{" } }),
      "SecretValueInvalid",
      /credentials\.json/,
    ],
    [
      "no Secret when ambient credentials are not allowed",
      () => plan("gs://inventory", { secret: null }),
      "NoCredentials",
      /KOLLECT_ALLOW_AMBIENT_CREDENTIALS/,
    ],
    [
      "no Secret at a host that is not Google's",
      () => plan("https://storage.googleapis.com.evil.example/inventory", { secret: null }, AMBIENT),
      "NoCredentials",
      /is sent only to https:\/\/storage\.googleapis\.com/,
    ],
    [
      "no Secret and no TLS",
      () => plan("http://storage.googleapis.com/inventory", { secret: null }, AMBIENT),
      "NoCredentials",
      /only/,
    ],
  ])("refuses %s", (_what, make, cause, says) => {
    expect(causeOf(make)).toMatchObject({ cause, message: expect.stringMatching(says) });
  });

  it("uses the pod's own identity at Google when that is allowed", () => {
    const tls = { insecureSkipVerify: true };
    expect(plan("gs://inventory", { secret: null, tls }, AMBIENT)).toMatchObject({
      identity: { kind: "ambient" },
      origin: { trust: { insecureSkipVerify: false } },
    });
  });
});
