import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { createAddressPolicy } from "../../../capabilities/probes/net/address-policy";
import { createDialler } from "../../../capabilities/probes/net/guarded-dialler";
import { openHttp } from "../../../capabilities/probes/net/http-client";
import { systemResolver } from "../../../capabilities/probes/net/resolve";
import { createRecorder } from "../../../capabilities/probes/recorder";
import { createS3Probe, s3Probe } from "../../../capabilities/probes/s3/probe";
import { signed } from "../../../capabilities/probes/s3/signer";
import { LOOPBACK_ALLOWED, type ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, STRANGER, trusting, USER, type S3CaseOptions } from "../../../lab/backends/s3";
import { proxy } from "../../../lab/faults";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { startWeb } from "../../../lab/servers/web";
import { ALL_PASSED, expectFailure, expectPassed, results, runsOf } from "../expect-report";
import { AT_LOOPBACK } from "../pod-identity";

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
      tls: authority.issue({ names: [`${BUCKET}.${AWS_NAME}`] }),
      virtualDomain: AWS_NAME,
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

const run = runsOf(s3Probe, SECRETS);

/** A sink at the server of us-east-1. */
function at(path: string, options: S3CaseOptions = {}): ProbeCase {
  return s3Case(`https://localhost:${server.port}/${path}`, { tls: trusting(authority.cert), ...options });
}

describe("s3 verdicts", () => {
  it("passes every phase but Authorize, which only a write could answer", async () => {
    const report = await expectPassed(run(at(`${BUCKET}/snapshots`)));
    expect(report.endpoint).toBe(`localhost:${server.port}/${BUCKET}`);
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
    await expectFailure(run(at(path, options)), cause, says);
  });

  it("says which phase a missing bucket ends, and that the credentials were good", async () => {
    expect(results(await run(at("no-such-bucket")))).toMatchObject({
      Authenticate: "Passed",
      Verify: "Failed",
    });
  });

  it("skips Verify, and does not fail, when good credentials may not ask", async () => {
    const report = await expectPassed(run(at(BUCKET, { secret: STRANGER })));
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
      )(at(BUCKET)),
      "AuthenticationFailed",
      new RegExp(`clock is 60 min ${way} that of S3 at .*clock skew`),
    );
  });

  it("asks with HEAD and GET alone", async () => {
    await run(at(`${BUCKET}/snapshots`));
    await run(at(BUCKET, { secret: STRANGER }));
    const methods = server.requests().map(({ method }) => method);
    expect(methods.length).toBeGreaterThan(0);
    expect([...new Set(methods)].sort()).toEqual(["GET", "HEAD"]);
  });
});

describe("s3 addressing", () => {
  it("asks AWS by the bucket's host name, in the region of the host", async () => {
    const report = await expectPassed(
      run(
        s3Case(`https://${BUCKET}.${AWS_NAME}:${aws.port}/snapshots`, { tls: trusting(authority.cert) }),
        AT_LOOPBACK,
      ),
    );
    expect(report.endpoint).toBe(`${BUCKET}.${AWS_NAME}:${aws.port}`);
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
    await expectPassed(run(at(BUCKET, { tls: {}, caSecret: { [key]: authority.cert } })));
  });

  it("shows that nobody was verified", async () => {
    const report = await expectPassed(run(at(BUCKET, { tls: { insecureSkipVerify: true } })));
    expect(report.insecure).toBe("VerificationSkipped");
  });

  it("shows that the connection was plain text", async () => {
    const report = await expectPassed(run(s3Case(`http://${plain.host}:${plain.port}/${BUCKET}`)));
    expect(report.insecure).toBe("PlainText");
    expect(results(report)).toMatchObject({ TLS: "Skipped: the endpoint is http://, without encryption" });
  });

  it("asks to check the protocol when http:// is asked of a server with TLS", async () => {
    await expectFailure(
      run(s3Case(`http://localhost:${server.port}/${BUCKET}`)),
      "Unreachable",
      /Check that the port speaks the expected protocol/,
    );
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
      await expectPassed(run(s3Case(endpoint, { tls, secret: { ...USER, ...keys } })));
      await expectFailure(run(s3Case(endpoint, { tls })), "AuthenticationFailed");
    } finally {
      await web.close();
    }
  });
});

describe("s3 on bad connections", () => {
  it("waits for a slow server", async () => {
    const slow = await proxy(server, { latencyMs: 100 });
    try {
      await expectPassed(
        run(s3Case(`https://localhost:${slow.port}/${BUCKET}`, { tls: trusting(authority.cert) })),
      );
    } finally {
      await slow.close();
    }
  });

  it.each([
    ["resets", { cutAfterBytes: 20 }, 20_000, "Unreachable"],
    ["stalls", { stallAfterBytes: 20 }, 1500, "TimedOut"],
  ] as const)(
    "settles when a connection %s before an answer is complete",
    async (_what, options, timeoutMs, cause) => {
      const bad = await proxy(plain, options);
      try {
        await expectFailure(run(s3Case(`http://${bad.host}:${bad.port}/${BUCKET}`), { timeoutMs }), cause);
      } finally {
        await bad.close();
      }
    },
  );
});
