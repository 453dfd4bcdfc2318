import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { createAddressPolicy } from "../../capabilities/probes/net/address-policy";
import { createDialler } from "../../capabilities/probes/net/guarded-dialler";
import { openHttp } from "../../capabilities/probes/net/http-client";
import { systemResolver } from "../../capabilities/probes/net/resolve";
import { createRecorder } from "../../capabilities/probes/recorder";
import { createS3Probe, s3Probe } from "../../capabilities/probes/s3/probe";
import { signed } from "../../capabilities/probes/s3/signer";
import { expectClean } from "../contract/leaks";
import { LOOPBACK_ALLOWED, runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";
import { proxy } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startS3, type S3Server } from "../../lab/servers/versitygw";
import { startWeb } from "../../lab/servers/web";
import { BUCKET, s3Case, STRANGER, trusting, USER, type S3CaseOptions } from "../../lab/backends/s3";

const WRONG = "not-the-secret/of+anybody";
const TOKEN = "a-session/token+that=nobody-issued";
const SECRETS = [USER.secretAccessKey, STRANGER.secretAccessKey, WRONG, TOKEN];
const AWS_NAME = "s3.eu-central-1.amazonaws.com";

let authority: Authority;
let server: S3Server;
let aws: S3Server;
let plain: S3Server;

beforeAll(async () => {
  authority = createAuthority();
  [server, aws, plain] = await Promise.all([
    startS3({ tls: authority.issue({ names: ["localhost"] }), keepAlive: true }),
    startS3({
      tls: authority.issue({ names: [AWS_NAME] }),
      region: "eu-central-1",
    }),
    startS3({ keepAlive: true }),
  ]);
  await Promise.all(
    [server, aws, plain].map(async (one) => {
      await one.createUser(USER.accessKeyID, USER.secretAccessKey);
      await one.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
      await one.createBucket(BUCKET, USER.accessKeyID);
    }),
  );
});
afterAll(() => Promise.all([server, aws, plain].map((one) => one?.stop())));

async function run(probeCase: ProbeCase, options?: RunOptions, probe = s3Probe): Promise<ProbeReport> {
  const report = await runCase(probe, probeCase, options);
  expectClean(report, SECRETS);
  return report;
}

/** A sink at the server of us-east-1. */
function at(path: string, options: S3CaseOptions = {}): ProbeCase {
  return s3Case(`https://localhost:${server.port}/${path}`, { tls: trusting(authority.cert), ...options });
}

function phases(report: ProbeReport): Record<string, string> {
  return Object.fromEntries(report.phases.map(({ name, result }) => [name, result]));
}

describe("s3 verdicts", () => {
  it("passes every phase of a sink that works", async () => {
    const report = await run(at(`${BUCKET}/snapshots`));
    expect(report.failure).toBeUndefined();
    expect(report.endpoint).toBe(`localhost:${server.port}/${BUCKET}`);
    expect(report.phases).toEqual([
      { name: "Resolve", result: "Passed", latencyMs: expect.any(Number) },
      { name: "Connect", result: "Passed", latencyMs: expect.any(Number) },
      { name: "TLS", result: "Passed", latencyMs: expect.any(Number) },
      { name: "Authenticate", result: "Passed", latencyMs: expect.any(Number) },
      { name: "Verify", result: "Passed", latencyMs: expect.any(Number) },
      { name: "Authorize", result: "Passed", latencyMs: expect.any(Number) },
    ]);
    expect(report.unproven).toBeUndefined();
    expect(report.tls?.issuer).toContain("Kollect Test CA");
    expect(report.insecure).toBeUndefined();
  });

  it.each<{
    what: string;
    path: string;
    options: S3CaseOptions;
    cause: string;
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
    const report = await run(at(path, options));
    expect(report.failure?.cause).toBe(cause);
    expect(report.failure?.message).toMatch(says);
  });

  it("says which phase a missing bucket ends, and that the credentials were good", async () => {
    expect(phases(await run(at("no-such-bucket")))).toMatchObject({
      Authenticate: "Passed",
      Verify: "Failed",
    });
  });

  it("skips Verify when good credentials may not ask", async () => {
    const report = await run(at(BUCKET, { secret: STRANGER }));
    expect(report.failure?.cause).toBe("PermissionDenied");
    expect(report.phases).toContainEqual(
      expect.objectContaining({ name: "Verify", result: "Skipped", why: "not permitted to ask" }),
    );
    expect(phases(report)).toMatchObject({ Authenticate: "Passed", Authorize: "Failed" });
  });

  it.each([
    ["behind", -3600_000],
    ["ahead of", 3600_000],
  ])("names the clock skew when the operator's clock is %s the server's", async (way, skew) => {
    const report = await run(
      at(BUCKET),
      {},
      createS3Probe(() => Date.now() + skew),
    );
    expect(report.failure?.cause).toBe("AuthenticationFailed");
    expect(report.failure?.message).toMatch(new RegExp(`clock is 60 min ${way} that of S3 at .*clock skew`));
  });

  it("asks with HEAD and GET, and writes nothing but what must be refused", async () => {
    await run(at(`${BUCKET}/snapshots`));
    await run(at(BUCKET, { secret: STRANGER }));
    const asked = server.requests();
    expect([...new Set(asked.map(({ method }) => method))].sort()).toEqual(["GET", "HEAD", "PUT"]);
    const put = asked.filter(({ method }) => method === "PUT").map(({ path }) => path);
    expect(put.every((path) => path.endsWith("/inventory/shop/.kollect-connection-test.json"))).toBe(true);
  });
});

describe("s3 addressing", () => {
  it("asks AWS by the bucket in the path of a URL, for the region that the sink says", async () => {
    const report = await run(
      s3Case(`https://${AWS_NAME}:${aws.port}/${BUCKET}/snapshots`, {
        tls: trusting(authority.cert),
        region: "eu-central-1",
      }),
      { resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]) },
    );
    expect(report.failure).toBeUndefined();
    expect(report.endpoint).toBe(`${AWS_NAME}:${aws.port}/${BUCKET}`);
    expect(report.limited).toContainEqual({ id: "RegionIgnored" });
  });

  it.each(["snapshots", "a b/c+d", "ü/(1)!*'", "100%/~x", "日本", "a=b&c"])(
    "signs a listing of prefix %s as the server does",
    async (prefix) => {
      const scope = {
        host: "localhost",
        port: server.port,
        secure: true,
        region: "us-east-1",
        now: Date.now(),
      };
      const key = { accessKeyId: USER.accessKeyID, secretAccessKey: USER.secretAccessKey };
      const query = { "list-type": "2", "max-keys": "1", prefix: `${prefix}/` };
      const request = await signed({ method: "GET", path: `/${BUCKET}`, query }, key, scope);
      const { signal } = new AbortController();
      const recorder = createRecorder(Date.now);
      const dialler = createDialler({
        policy: createAddressPolicy(LOOPBACK_ALLOWED),
        recorder,
        resolveHost: systemResolver(),
        signal,
      });
      try {
        const trust = { ca: authority.cert, insecureSkipVerify: false };
        const client = await openHttp({ ...scope, trust }, { dialler, recorder, signal });
        expect(await client.request(request)).toMatchObject({
          status: 200,
          body: expect.stringContaining("<ListBucketResult"),
        });
      } finally {
        dialler.close();
      }
    },
  );
});

describe("s3 and TLS", () => {
  it.each(["tls.crt", "ca.crt", "ca.pem"])("trusts the authority of the key %s", async (key) => {
    const report = await run(at(BUCKET, { tls: {}, caSecret: { [key]: authority.cert } }));
    expect(report.failure).toBeUndefined();
  });

  it("shows that nobody was verified", async () => {
    const report = await run(at(BUCKET, { tls: { insecureSkipVerify: true } }));
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("shows that the connection was plain text", async () => {
    const report = await run(s3Case(`http://${plain.host}:${plain.port}/${BUCKET}`));
    expect(report.failure).toBeUndefined();
    expect(report.insecure).toBe("PlainText");
    expect(phases(report)).toMatchObject({ TLS: "Skipped" });
  });

  it("asks to check the protocol when http:// is asked of a server with TLS", async () => {
    const report = await run(s3Case(`http://localhost:${server.port}/${BUCKET}`));
    expect(report.failure?.cause).toBe("Unreachable");
    expect(report.failure?.message).toMatch(/Check that the port speaks the expected protocol/);
  });

  it("shows its client certificate to a server that asks for one", async () => {
    const client = authority.issue({ names: ["kollect"], client: true });
    const identity = authority.issue({ names: ["localhost"] });
    const web = await startWeb(() => ({ status: 200, headers: { "x-amz-request-id": "1" } }), {
      ...identity,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    try {
      const endpoint = `https://localhost:${web.port}/${BUCKET}`;
      const tls = trusting(authority.cert);
      const keys = { "tls.crt": client.cert, "tls.key": client.key };
      expect((await run(s3Case(endpoint, { tls, secret: { ...USER, ...keys } }))).failure).toBeUndefined();
      expect((await run(s3Case(endpoint, { tls }))).failure?.cause).toBe("AuthenticationFailed");
    } finally {
      await web.close();
    }
  });
});

describe("s3 on bad connections", () => {
  it("waits for a slow server", async () => {
    const slow = await proxy(server, { latencyMs: 100 });
    try {
      const report = await run(
        s3Case(`https://localhost:${slow.port}/${BUCKET}`, { tls: trusting(authority.cert) }),
      );
      expect(report.failure).toBeUndefined();
    } finally {
      await slow.close();
    }
  });

  it.each([
    ["resets", { cutAfterBytes: 20 }, 20_000, "Unreachable"],
    ["stalls", { stallAfterBytes: 20 }, 1500, "TimedOut"],
  ])(
    "settles when a connection %s before an answer is complete",
    async (_what, options, timeoutMs, cause) => {
      const bad = await proxy(plain, options);
      try {
        const report = await run(s3Case(`http://${bad.host}:${bad.port}/${BUCKET}`), { timeoutMs });
        expect(report.failure?.cause).toBe(cause);
      } finally {
        await bad.close();
      }
    },
  );
});
