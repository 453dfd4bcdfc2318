import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import { createGcsProbe, gcsProbe } from "../../capabilities/probes/gcs/probe";
import { expectClean } from "../contract/leaks";
import { runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";
import { refusedPort } from "../../lab/faults";
import { createAuthority, type Authority } from "../../lab/pki";
import { startFakeGcs, type FakeGcs } from "../../lab/servers/fake-gcs";
import { startGcs } from "../../lab/servers/gcs";
import { createAccount, type GoogleStandIn, type TestAccount } from "../../lab/servers/google";
import { startS3, type S3Server } from "../../lab/servers/versitygw";
import { startWeb } from "../../lab/servers/web";
import { BUCKET, s3Case, STRANGER, trusting, USER } from "../../lab/backends/s3";

const owner = createAccount("owner");
const writer = createAccount("writer");
const reader = createAccount("reader");
const stranger = createAccount("stranger");

let authority: Authority;
let storage: FakeGcs;
let server: GoogleStandIn;
let other: GoogleStandIn;
let s3: S3Server;

beforeAll(async () => {
  authority = createAuthority();
  const tls = authority.issue({ names: ["localhost", "storage.googleapis.com"] });
  [storage, s3] = await Promise.all([startFakeGcs(), startS3({ tls })]);
  await storage.createBucket(BUCKET);
  await s3.createUser(USER.accessKeyID, USER.secretAccessKey);
  await s3.createUser(STRANGER.accessKeyID, STRANGER.secretAccessKey);
  await s3.createBucket(BUCKET, USER.accessKeyID);
  const grants = new Map([
    [owner, ["storage.objects.create", "storage.objects.delete"]],
    [writer, ["storage.objects.create"]],
    [reader, ["storage.objects.get"]],
  ]);
  server = await startGcs({ tls, grants, storage });
  other = await startGcs({ tls, grants, storage });
});
afterAll(() => Promise.all([server?.close(), other?.close(), storage?.stop(), s3?.stop()]));

async function run(probeCase: ProbeCase, options?: RunOptions, probe = gcsProbe): Promise<ProbeReport> {
  const report = await runCase(probe, probeCase, options);
  const keys = [owner, writer, reader, stranger].map(({ file }) => file.private_key ?? "");
  expectClean(report, [...keys, USER.secretAccessKey, STRANGER.secretAccessKey, "canary-server-message"]);
  return report;
}

function keyCase(endpoint: string, keyFile: string): ProbeCase {
  const tls = trusting(authority.cert);
  return s3Case(endpoint, { type: "gcs", secret: { "credentials.json": keyFile }, tls });
}

function at(
  path: string,
  account: TestAccount = writer,
  changes?: Readonly<Record<string, unknown>>,
): ProbeCase {
  return keyCase(`https://localhost:${server.port}/${path}`, server.keyFile(account, changes));
}

function phase(report: ProbeReport, name: string): ProbeReport["phases"][number] | undefined {
  return report.phases.find((one) => one.name === name);
}

describe("gcs with a service account", () => {
  it("passes every phase when the account may create and delete objects", async () => {
    const report = await run(at(`${BUCKET}/snapshots`, owner));
    expect(report.failure).toBeUndefined();
    expect(report.unproven).toBeUndefined();
    expect(report.limited).toContainEqual({ id: "CredentialsJSONIgnored" });
    expect(report.endpoint).toBe(`localhost:${server.port}/${BUCKET}`);
    expect(report.phases.map(({ name, result }) => `${name} ${result}`)).toEqual([
      "Resolve Passed",
      "Connect Passed",
      "TLS Passed",
      "Authenticate Passed",
      "Verify Passed",
      "Authorize Passed",
    ]);
    expect(report.insecure).toBeUndefined();
  });

  it("says what is not proven when it may create objects and not delete them", async () => {
    const report = await run(at(BUCKET, writer));
    expect(report.failure).toBeUndefined();
    expect(report.unproven).toEqual([
      {
        need: "storage.objects.delete",
        kind: "NotAnswered",
        why: expect.stringMatching(
          /^the account may not overwrite objects in the whole bucket; a grant for a/,
        ),
      },
    ]);
    expect(phase(report, "Authorize")?.result).toBe("Passed");
  });

  it("does not take a right that the bucket does not give for one that no prefix gives", async () => {
    const report = await run(at(BUCKET, reader));
    expect(report.failure).toBeUndefined();
    expect(report.unproven?.map(({ need }) => need)).toEqual([
      "storage.objects.create",
      "storage.objects.delete",
    ]);
    expect(phase(report, "Verify")?.result).toBe("Passed");
    expect(phase(report, "Authorize")).toMatchObject({
      result: "Skipped",
      why: expect.stringMatching(/a grant for a prefix or managed folder cannot be asked for$/),
    });
  });

  it("reports TargetNotFound when there is no bucket", async () => {
    const report = await run(at("no-such-bucket"));
    expect(report.failure).toMatchObject({
      cause: "TargetNotFound",
      message: expect.stringMatching(/has no bucket no-such-bucket\. Create it, or check spec\.endpoint/),
    });
    expect(phase(report, "Authenticate")?.result).toBe("Passed");
  });

  it.each<[what: string, makeCase: () => ProbeCase]>([
    ["an account that is not known", () => at(BUCKET, stranger)],
    ["a key that was revoked", () => at(BUCKET, writer, { private_key_id: "0".repeat(40) })],
    ["another account's key", () => at(BUCKET, writer, { private_key: stranger.file.private_key })],
  ])("reports AuthenticationFailed for %s", async (_what, makeCase) => {
    const report = await run(makeCase());
    expect(report.failure).toMatchObject({
      cause: "AuthenticationFailed",
      message: expect.stringMatching(
        /refused the key of service account \S+@tests\.iam\.gserviceaccount\.com/,
      ),
    });
    expect(phase(report, "Authenticate")?.result).toBe("Failed");
  });

  it("reports AuthenticationFailed when the API does not take the token", async () => {
    const report = await run(keyCase(`https://localhost:${other.port}/${BUCKET}`, server.keyFile(writer)));
    expect(report.failure).toMatchObject({
      cause: "AuthenticationFailed",
      message: expect.stringMatching(/refused the access token/),
    });
  });

  it("names the clock skew", async () => {
    const report = await run(
      at(BUCKET),
      {},
      createGcsProbe(() => Date.now() - 2 * 3600_000),
    );
    expect(report.failure).toMatchObject({
      cause: "AuthenticationFailed",
      message: expect.stringMatching(
        /operator's clock is 120 min behind that of the token endpoint localhost:\d+/,
      ),
    });
  });

  it("asks nothing but for a token and for permissions", async () => {
    const before = server.requests.length;
    await run(at(BUCKET));
    expect(server.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /token",
      `GET /storage/v1/b/${BUCKET}/iam/testPermissions` +
        "?permissions=storage.objects.create&permissions=storage.objects.delete",
    ]);
  });

  it("finds Google's own address for gs://, and verifies its name", async () => {
    const { secrets } = at(BUCKET);
    const { sink } = s3Case(`https://storage.googleapis.com:${server.port}/${BUCKET}`, {
      type: "gcs",
      tls: trusting(authority.cert),
    });
    const report = await run(
      { sink, secrets },
      { resolveHost: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]) },
    );
    expect(report.failure).toBeUndefined();
    expect(report.endpoint).toBe(`storage.googleapis.com:${server.port}/${BUCKET}`);
  });
});

describe("the token endpoint of a key file", () => {
  it.each([
    "https://169.254.169.254/token",
    "https://[::ffff:169.254.169.254]/token",
    "https://2852039166/token",
  ])("is refused by the address policy: %s", async (token_uri) => {
    expect((await run(at(BUCKET, writer, { token_uri }))).failure?.cause).toBe("AddressDenied");
  });

  it("is reported when nothing listens there", async () => {
    const { port } = await refusedPort();
    const report = await run(at(BUCKET, writer, { token_uri: `https://localhost:${port}/token` }));
    expect(report.failure).toMatchObject({
      cause: "ConnectionRefused",
      message: expect.stringContaining(`localhost:${port}`),
    });
  });

  it("must show a certificate that the sink trusts", async () => {
    const web = await startWeb(
      () => ({ status: 200 }),
      createAuthority("Other").issue({ names: ["localhost"] }),
    );
    try {
      const report = await run(at(BUCKET, writer, { token_uri: `https://localhost:${web.port}/token` }));
      expect(report.failure?.cause).toBe("TLSUntrusted");
      expect(web.requests).toEqual([]);
    } finally {
      await web.close();
    }
  });

  it.each([
    ["a redirect", { status: 307, headers: { location: "https://127.0.0.1:1/" } }, "ProtocolError"],
    ["nonsense", { status: 200, body: "<html>" }, "ProtocolError"],
    ["a token that is none", { status: 200, body: '{"access_token":"a b\\r\\nx: y"}' }, "ProtocolError"],
    ["a fault", { status: 503, body: "" }, "Unreachable"],
  ])("is reported when it answers with %s", async (_what, answer, cause) => {
    const web = await startWeb(() => answer, authority.issue({ names: ["localhost"] }));
    try {
      const report = await run(at(BUCKET, writer, { token_uri: `https://localhost:${web.port}/token` }));
      expect(report.failure?.cause).toBe(cause);
      expect(web.requests).toHaveLength(1);
    } finally {
      await web.close();
    }
  });
});

describe("gcs at a server that tells no permissions", () => {
  const direct = (path: string): ProbeCase =>
    keyCase(`http://${storage.host}:${storage.port}/${path}`, server.keyFile(writer));

  it("verifies by a listing and skips Authorize", async () => {
    const report = await run(direct(`${BUCKET}/a b/ü`));
    expect(report.failure).toBeUndefined();
    expect(phase(report, "Verify")?.result).toBe("Passed");
    expect(phase(report, "Authorize")).toMatchObject({
      result: "Skipped",
      why: "the service does not tell permissions",
    });
    expect(report.insecure).toBe("PlainText");
  });

  it("reports TargetNotFound when there is no bucket", async () => {
    expect((await run(direct("no-such-bucket"))).failure?.cause).toBe("TargetNotFound");
  });
});

describe("gcs with HMAC keys", () => {
  const hmac = (
    bucket: string,
    secret: Readonly<Record<string, string>> = USER,
    region = "us-east-1",
  ): ProbeCase =>
    s3Case(`https://localhost:${s3.port}/${bucket}`, {
      type: "gcs",
      secret,
      region,
      tls: trusting(authority.cert),
    });

  it("asks by S3's protocol", async () => {
    const report = await run(hmac(BUCKET));
    expect(report.failure).toBeUndefined();
    expect(phase(report, "Authorize")?.result).toBe("Passed");
    expect(report.unproven).toBeUndefined();
  });

  it.each<[what: string, makeCase: () => ProbeCase, cause: string]>([
    [
      "a wrong key",
      () => hmac(BUCKET, { ...USER, secretAccessKey: STRANGER.secretAccessKey }),
      "AuthenticationFailed",
    ],
    ["no bucket", () => hmac("no-such-bucket"), "TargetNotFound"],
  ])("reports %s in the name of Google Cloud Storage", async (_what, makeCase, cause) => {
    const report = await run(makeCase());
    expect(report.failure).toMatchObject({
      cause,
      message: expect.stringMatching(/^Google Cloud Storage at /),
    });
  });

  it("reports PermissionDenied, and skips Verify, when good keys have no right", async () => {
    const report = await run(hmac(BUCKET, STRANGER));
    expect(report.failure).toMatchObject({
      cause: "PermissionDenied",
      message: expect.stringContaining('"Action":"s3:PutObject"'),
    });
    expect(phase(report, "Verify")).toMatchObject({ result: "Skipped", why: "not permitted to ask" });
  });
});

describe("gcs at a sink's own endpoint", () => {
  it.each(["https://169.254.169.254/inventory", "http://metadata.google.internal/inventory"])(
    "opens no way to the metadata server for a sink's own endpoint %s",
    async (endpoint) => {
      const sink = keyCase(endpoint, server.keyFile(writer));
      const report = await run(sink, {
        plan: { ambientCredentials: true, cloud: {} },
        resolveHost: () => Promise.resolve([{ address: "169.254.169.254", family: 4 }]),
      });
      expect(report.failure?.cause).toBe("AddressDenied");
    },
  );
});
