import { describe, expect, it } from "vitest";
import { AWS, parseEndpoint } from "../../../../capabilities/probes/s3/endpoint";

describe("endpoints as other programs write them", () => {
  it.each([
    ['"http://minio:9000/inventory"', "is enclosed in quotes"],
    ["https://<account>.r2.cloudflarestorage.com/inventory", "holds a placeholder"],
    ["arn:aws:s3:::inventory/prefix", "is an ARN. Write s3://inventory/prefix"],
    ["arn:aws:s3:eu-west-1:123456789012:accesspoint/ap", "is the ARN of an access point"],
    [
      "s3:https://s3.amazonaws.com/inventory",
      "as restic writes it. Write https://s3.amazonaws.com/inventory",
    ],
    ["http:/minio:9000/inventory", "lacks a slash after the scheme"],
    ["minio.shop.svc:9000/inventory", "Write http://minio.shop.svc:9000/inventory"],
    ["https://s3.console.aws.amazon.com/s3/buckets/inventory", "is the address of a page"],
    ["https://console.cloud.google.com/storage/browser/inventory", "is the address of a page"],
    ["https://account.blob.core.windows.net/inventory", "does not support the S3 protocol"],
    ["https://f002.backblazeb2.com/file/inventory", "Write that of its S3 API"],
    ["http://inventory.s3-website-eu-west-1.amazonaws.com", "is the address of a static website"],
    [
      "https://inventory.fra1.digitaloceanspaces.com",
      "Write it as https://fra1.digitaloceanspaces.com/inventory",
    ],
    [
      `https://inventory.${"0a".repeat(16)}.r2.cloudflarestorage.com/`,
      `has bucket inventory in its host, where the exporter does not look for it. Write it as https://${"0a".repeat(16)}`,
    ],
    ["https://inventory.s3.eu-central-1.wasabisys.com", "https://s3.eu-central-1.wasabisys.com/inventory"],
  ])("are named: %s", (endpoint, words) => {
    expect(() => parseEndpoint(endpoint, undefined, AWS)).toThrow(words);
  });
  it.each([
    "https://inventory.fra1.digitaloceanspaces.com/inventory",
    "http://minio:9000/inventory",
    "s3://inventory/a:b",
    "inventory/9000",
  ])("are not seen in %s", (endpoint) => {
    expect(parseEndpoint(endpoint, undefined, AWS).bucket).toBe("inventory");
  });
  it.each([
    ["eu-central-1 ", "Write eu-central-1."],
    ['"eu-central-1"', "Write eu-central-1."],
    ["us-east-1a", ""],
    ["Frankfurt am Main", "Write its code, such as eu-central-1."],
  ])("a region that is none is corrected: %j", (region, words) => {
    const read = (): unknown => parseEndpoint("http://minio:9000/inventory", region, AWS);
    if (words === "") expect(read).not.toThrow();
    else expect(read).toThrow(words);
  });
});
