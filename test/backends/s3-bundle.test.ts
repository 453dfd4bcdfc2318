import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { s3Probe } from "../../capabilities/probes/s3/probe";
import { runCase, type ProbeCase } from "../../lab/backends/run-case";
import { loadBundle, type Bundle } from "../fixtures/probe-bundle";
import { createAuthority, type Authority } from "../../lab/pki";
import { startS3, type S3Server } from "../../lab/servers/versitygw";
import { BUCKET, s3Case, STRANGER, trusting, USER } from "../../lab/backends/s3";

interface Bundled {
  readonly runCase: typeof runCase;
  readonly s3Probe: typeof s3Probe;
}

let authority: Authority;
let server: S3Server;
let bundle: Bundle<Bundled>;

beforeAll(async () => {
  authority = createAuthority();
  [server, bundle] = await Promise.all([
    startS3({ tls: authority.issue({ names: ["localhost"] }) }),
    loadBundle<Bundled>(
      'export { runCase } from "./lab/backends/run-case";' +
        'export { s3Probe } from "./capabilities/probes/s3/probe";',
    ),
  ]);
  await server.createUser(USER.accessKeyID, USER.secretAccessKey);
  await server.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
  await server.createBucket(BUCKET, USER.accessKeyID);
});
afterAll(() => server?.stop());

describe("the bundled S3 probe", () => {
  it("holds the signer and nothing else of AWS's SDK", () => {
    const packages = bundle.inputs.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    expect([...new Set(packages)].filter((name) => /aws|smithy/.test(name)).sort()).toEqual([
      "@smithy/core",
      "@smithy/signature-v4",
      "@smithy/types",
    ]);
    expect(
      bundle.inputs.filter((path) => path.includes("dist-cjs/") && path.includes("signature-v4")),
    ).toEqual([]);
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
  it.each(Object.keys(cases))("reports %s as the sources do", async (name) => {
    const make = cases[name] ?? (() => at(BUCKET));
    const bundled = await bundle.exports.runCase(bundle.exports.s3Probe, make());
    expect(withoutTimes(bundled)).toEqual(withoutTimes(await runCase(s3Probe, make())));
    expect(bundled.failure?.cause).not.toBe("Internal");
  });
});

function at(path: string, secret: Readonly<Record<string, string>> = USER): ProbeCase {
  return s3Case(`https://localhost:${server.port}/${path}`, { secret, tls: trusting(authority.cert) });
}

function withoutTimes({ phases, failure, endpoint, tls }: ProbeReport): object {
  return { endpoint, failure, tls, phases: phases.map(({ name, result, why }) => ({ name, result, why })) };
}
