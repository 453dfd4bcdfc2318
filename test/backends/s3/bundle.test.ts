import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Probe } from "../../../capabilities/probes/s3/probe";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, STRANGER, trusting, USER } from "../../../lab/backends/s3";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { bundledProbe, expectSameReport, type ProbeBundle } from "../../fixtures/probe-bundle";

let authority: Authority;
let server: S3Server;
let bundle: ProbeBundle;

beforeAll(async () => {
  authority = createAuthority();
  [server, bundle] = await Promise.all([
    startS3({ tls: authority.issue({ names: ["localhost"] }) }),
    bundledProbe("s3"),
  ]);
  await server.createUser(USER.accessKeyID, USER.secretAccessKey);
  await server.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
  await server.createBucket(BUCKET, USER.accessKeyID);
});
afterAll(() => server?.stop());

describe("the bundled S3 probe", () => {
  it("holds the SDK without its credentials of the machine, and once", () => {
    const packages = bundle.inputs.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    expect([...new Set(packages)].filter((name) => /aws|smithy/.test(name)).sort()).toEqual([
      "@aws-sdk/checksums",
      "@aws-sdk/client-s3",
      "@aws-sdk/core",
      "@aws-sdk/middleware-sdk-s3",
      "@aws-sdk/signature-v4-multi-region",
      "@aws-sdk/xml-builder",
      "@aws/lambda-invoke-store",
      "@smithy/core",
      "@smithy/node-http-handler",
      "@smithy/signature-v4",
      "@smithy/types",
    ]);
    expect(bundle.inputs).toContain("substitutes/credential-provider-node/index.js");
    expect(bundle.inputs.filter((path) => path.includes("client-s3/dist-cjs/"))).toEqual([]);
  });

  const cases: Readonly<Record<string, () => ProbeCase>> = {
    "a sink that works": () => at(BUCKET),
    "a session token": () => at(BUCKET, { ...USER, sessionToken: "bogus-token" }),
    "a wrong key": () => at(BUCKET, { ...USER, secretAccessKey: "wrong-secret" }),
    "no permission": () => at(`${BUCKET}/a b/ü(1)`, STRANGER),
    "no bucket": () => at("no-such-bucket"),
    "an untrusted certificate": () => s3Case(`https://localhost:${server.port}/${BUCKET}`),
    "a name that does not exist": () => s3Case("https://no-such-host.invalid/inventory"),
  };
  it.each(Object.entries(cases))("reports %s as the sources do", async (_, makeCase) => {
    await expectSameReport(bundle, s3Probe, makeCase);
  });
});

function at(path: string, secret: Readonly<Record<string, string>> = USER): ProbeCase {
  return s3Case(`https://localhost:${server.port}/${path}`, { secret, tls: trusting(authority.cert) });
}
