import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import {
  arnPartition,
  awsS3Host,
  awsStsHost,
  isAwsRegion,
} from "../../../../capabilities/probes/s3/aws-hosts";
import { AWS, parseEndpoint, type BucketAddress } from "../../../../capabilities/probes/s3/endpoint";

interface Row {
  readonly endpoint: string;
  readonly region?: string;
  readonly expected: Partial<BucketAddress>;
}

const ROWS: readonly Row[] = [
  {
    endpoint: "s3://inventory/snapshots",
    expected: {
      secure: true,
      host: "inventory.s3.us-east-1.amazonaws.com",
      port: 443,
      basePath: "",
      bucket: "inventory",
      prefix: "snapshots",
      region: "us-east-1",
      isProvider: true,
    },
  },
  { endpoint: "inventory", expected: { host: "inventory.s3.us-east-1.amazonaws.com", prefix: "" } },
  {
    endpoint: "inventory//deep/er/",
    region: "eu-central-1",
    expected: { host: "inventory.s3.eu-central-1.amazonaws.com", prefix: "/deep/er", region: "eu-central-1" },
  },
  {
    endpoint: "s3://inventory",
    region: "cn-north-1",
    expected: { host: "inventory.s3.cn-north-1.amazonaws.com.cn" },
  },
  {
    endpoint: "s3://with.dots/x",
    expected: { host: "s3.us-east-1.amazonaws.com", basePath: "/with.dots", bucket: "with.dots" },
  },
  {
    endpoint: "s3://Old_Name",
    expected: { host: "s3.us-east-1.amazonaws.com", basePath: "/Old_Name", bucket: "Old_Name" },
  },
  {
    endpoint: "https://minio.platform.svc:9000/inventory/snapshots/",
    expected: {
      secure: true,
      host: "minio.platform.svc",
      port: 9000,
      basePath: "/inventory",
      bucket: "inventory",
      prefix: "snapshots",
      isProvider: false,
    },
  },
  {
    endpoint: "http://minio/inventory",
    expected: { secure: false, host: "minio", port: 80, basePath: "/inventory" },
  },
  { endpoint: "https://[fd00::5]:9000/inventory", expected: { host: "fd00::5", port: 9000 } },
  { endpoint: "https://ceph/inventory", region: "RegionOne", expected: { region: "RegionOne", port: 443 } },
  {
    endpoint: "https://minio/inventory/a%20b/%25",
    expected: { prefix: "a b/%" },
  },
  {
    endpoint: "https://s3.eu-west-1.amazonaws.com/inventory/x",
    expected: {
      host: "s3.eu-west-1.amazonaws.com",
      region: "us-east-1",
      basePath: "/inventory",
      isProvider: true,
    },
  },
  {
    endpoint: "https://s3.amazonaws.com/inventory",
    region: "eu-west-3",
    expected: { host: "s3.amazonaws.com", region: "eu-west-3", basePath: "/inventory" },
  },
  {
    endpoint: "https://s3.dualstack.eu-west-1.amazonaws.com/inventory",
    expected: { host: "s3.dualstack.eu-west-1.amazonaws.com", isProvider: true },
  },
  {
    endpoint: "https://s3-fips.us-gov-west-1.amazonaws.com/inventory",
    region: "us-gov-west-1",
    expected: { host: "s3-fips.us-gov-west-1.amazonaws.com", region: "us-gov-west-1" },
  },
  { endpoint: "https://minio/inventory", region: "", expected: { region: "us-east-1" } },
  {
    endpoint: "https://key:hunter22@minio/inventory?X-Amz-Signature=hunter22#hunter22",
    expected: { host: "minio", bucket: "inventory", prefix: "", basePath: "/inventory" },
  },
  { endpoint: "https://s3.evil.amazonaws.com/inventory", expected: { isProvider: false } },
  {
    endpoint: "https://s3.amazonaws.com.evil.example/inventory",
    expected: { host: "s3.amazonaws.com.evil.example", isProvider: false, basePath: "/inventory" },
  },
  {
    endpoint: "https://nots3.eu-west-1.amazonaws.com/inventory",
    expected: { host: "nots3.eu-west-1.amazonaws.com", isProvider: false },
  },
];

describe("parseEndpoint", () => {
  it.each(ROWS)("reads $endpoint (region $region)", ({ endpoint, region, expected }) => {
    expect(parseEndpoint(endpoint, region, AWS)).toMatchObject(expected);
  });

  it.each([
    [undefined, undefined, /spec\.endpoint is missing\. Write it as s3:\/\/bucket\/prefix/],
    ["  ", undefined, /is missing/],
    ["s3://", undefined, /names no bucket/],
    ["https://minio:9000", undefined, /names no bucket/],
    ["https://minio:9000/", undefined, /names no bucket/],
    [
      "minio:9000/inventory",
      undefined,
      /names a host and port without http:\/\/.*Write http:\/\/minio:9000\/inventory/,
    ],
    ["s3://a b/c", undefined, /where a bucket is expected/],
    ["https://minio/../../etc", undefined, /names \.\. where a bucket is expected/],
    ["S3://inventory", undefined, /capital letters in its scheme\. Write s3:\/\/bucket\/prefix/],
    ["ftp://host/bucket", undefined, /begins with ftp:\/\//],
    ["gs://bucket", undefined, /begins with gs:\/\//],
    ["https://", undefined, /not a URL that can be read/],
    ["https://minio:99999/inventory", undefined, /not a URL/],
    [
      "https://inventory.s3.eu-west-1.amazonaws.com/x/y",
      undefined,
      /in its host, where the exporter does not look for it\. Write it as https:\/\/s3\.eu-west-1\.amazonaws\.com\/inventory\/x\/y\.$/,
    ],
    [
      "https://with.dots.s3-us-west-2.amazonaws.com",
      undefined,
      /Write it as https:\/\/s3-us-west-2\.amazonaws\.com\/with\.dots\.$/,
    ],
    [
      "https://key:hunter22@inventory.s3.amazonaws.com:8443/x?a=hunter22",
      undefined,
      /Write it as https:\/\/s3\.amazonaws\.com:8443\/inventory\/x\.$/,
    ],
    [
      "s3://minio.shop.svc/inventory",
      undefined,
      /looks like a host\. Write a server with http:\/\/ or https:\/\/ and its port: http:\/\/minio\.shop\.svc:9000\/inventory/,
    ],
    ["minio.shop.svc.cluster.local/inventory", undefined, /looks like a host/],
    ["s3://10.0.0.7", undefined, /http:\/\/10\.0\.0\.7:9000\/bucket\/prefix/],
    ["key:hunter22@minio/inventory", undefined, /user name or password\. Put credentials into a Secret/],
    ["https://minio/inventory/%zz", undefined, /percent sign/],
    ["s3://inventory", "eu west", /spec\.options\.region is "eu west", which is not a region/],
    ["s3://inventory", "x.evil.example/", /not a region/],
  ])("refuses %s (region %s) without quoting a secret", (endpoint, region, says) => {
    const read = (): BucketAddress => parseEndpoint(endpoint, region, AWS);
    expect(read).toThrow(FailureError);
    expect(read).toThrow(says);
    expect(read).not.toThrow(/hunter22/);
  });

  it("refuses long input at once", () => {
    const startedAt = Date.now();
    for (const part of ["s3.", "/", "-", "a"]) {
      const read = (): BucketAddress => parseEndpoint(`s3://bucket/${part.repeat(500_000)}x`, undefined, AWS);
      expect(read).toThrow(/longer than 2048/);
      AWS.parseHost(`${part.repeat(100_000)}amazonaws.com`);
    }
    expect(Date.now() - startedAt).toBeLessThan(1000);
  });
});

describe("AWS's hosts", () => {
  it.each([
    ["us-east-1", "amazonaws.com"],
    ["us-gov-east-1", "amazonaws.com"],
    ["cn-northwest-1", "amazonaws.com.cn"],
    ["us-iso-east-1", "c2s.ic.gov"],
    ["us-isob-east-1", "sc2s.sgov.gov"],
    ["us-isof-south-1", "csp.hci.ic.gov"],
    ["eu-isoe-west-1", "cloud.adc-e.uk"],
    ["eusc-de-east-1", "amazonaws.eu"],
  ])("puts region %s under %s", (region, suffix) => {
    expect(awsS3Host(region)).toBe(`s3.${region}.${suffix}`);
    expect(awsStsHost(region)).toBe(`sts.${region}.${suffix}`);
    const host = awsS3Host(region);
    expect(AWS.parseHost(`bucket.${host}`)).toEqual({ bucket: "bucket", region, host });
    expect(isAwsRegion(region)).toBe(true);
  });

  it.each(["s3", "auto", "us-east", "s3-1", "us-east-1.evil", "us-east-1/", ""])(
    "do not take %j for a region",
    (region) => {
      expect(isAwsRegion(region)).toBe(false);
    },
  );

  it.each([
    ["eu-central-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
    ["us-isob-east-1", "aws-iso-b"],
  ])("know the partition of %s", (region, partition) => {
    expect(arnPartition(region)).toBe(partition);
  });
});
