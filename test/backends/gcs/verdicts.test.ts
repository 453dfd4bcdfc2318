import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cause } from "../../../capabilities/api/vocabulary";
import { createGcsProbe, gcsProbe } from "../../../capabilities/probes/gcs/probe";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, STRANGER, trusting, USER } from "../../../lab/backends/s3";
import { refusedPort } from "../../../lab/faults";
import { createAuthority, type Authority } from "../../../lab/pki";
import { startFakeGcs, type FakeGcs } from "../../../lab/servers/google/fake-gcs";
import { startGcs } from "../../../lab/servers/google/gcs";
import { createAccount, type GoogleStandIn, type TestAccount } from "../../../lab/servers/google/stand-in";
import { startS3, type S3Server } from "../../../lab/servers/versitygw";
import { startWeb, type WebAnswer } from "../../../lab/servers/web";
import { ALL_PASSED, expectFailure, expectPassed, results, runsOf } from "../expect-report";
import { AT_LOOPBACK, googleMetadata, resolvingTo, withPodIdentity } from "../pod-identity";

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
    [writer, ["storage.objects.create"]],
    [reader, ["storage.objects.get"]],
  ]);
  server = await startGcs({ tls, grants, storage });
  other = await startGcs({ tls, grants, storage });
});
afterAll(() => Promise.all([server?.close(), other?.close(), storage?.stop(), s3?.stop()]));

const KEYS = [writer, reader, stranger].map(({ file }) => file.private_key ?? "");
const SECRETS = [...KEYS, USER.secretAccessKey, STRANGER.secretAccessKey, "canary-server-message"];
const run = runsOf(gcsProbe, SECRETS);

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

describe("gcs with a service account", () => {
  it("passes every phase when the account may create objects", async () => {
    const report = await expectPassed(run(at(`${BUCKET}/snapshots`)));
    expect(report.endpoint).toBe(`localhost:${server.port}/${BUCKET}`);
    expect(results(report)).toEqual(ALL_PASSED);
    expect(report.insecure).toBeUndefined();
  });

  it("reports PermissionDenied when it may not create objects", async () => {
    const report = await expectFailure(
      run(at(BUCKET, reader)),
      "PermissionDenied",
      /does not let the account of the key credentials\.json of Secret s3-keys create objects in bucket inventory/,
    );
    expect(results(report).Verify).toBe("Passed");
    expect(results(report).Authorize).toBe("Failed");
  });

  it("reports TargetNotFound when there is no bucket", async () => {
    const report = await expectFailure(
      run(at("no-such-bucket")),
      "TargetNotFound",
      /has no bucket no-such-bucket\. Create it, or check spec\.endpoint/,
    );
    expect(results(report).Authenticate).toBe("Passed");
  });

  it.each<[what: string, makeCase: () => ProbeCase]>([
    ["an account that is not known", () => at(BUCKET, stranger)],
    ["a key that was revoked", () => at(BUCKET, writer, { private_key_id: "0".repeat(40) })],
    ["another account's key", () => at(BUCKET, writer, { private_key: stranger.file.private_key })],
  ])("reports AuthenticationFailed for %s", async (_what, makeCase) => {
    const report = await expectFailure(
      run(makeCase()),
      "AuthenticationFailed",
      /refused the key of service account \S+@tests\.iam\.gserviceaccount\.com/,
    );
    expect(results(report).Authenticate).toBe("Failed");
  });

  it("reports AuthenticationFailed when the API does not take the token", async () => {
    await expectFailure(
      run(keyCase(`https://localhost:${other.port}/${BUCKET}`, server.keyFile(writer))),
      "AuthenticationFailed",
      /refused the access token/,
    );
  });

  it("names the clock skew", async () => {
    await expectFailure(
      runsOf(
        createGcsProbe(() => Date.now() - 2 * 3600_000),
        SECRETS,
      )(at(BUCKET)),
      "AuthenticationFailed",
      /operator's clock is 120 min behind that of the token endpoint localhost:\d+/,
    );
  });

  it("asks nothing but for a token and for permissions", async () => {
    const before = server.requests.length;
    await run(at(BUCKET));
    expect(server.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /token",
      `GET /storage/v1/b/${BUCKET}/iam/testPermissions?permissions=storage.objects.create`,
    ]);
  });

  it("finds Google's own address for gs://, and verifies its name", async () => {
    const { secrets } = at(BUCKET);
    const { sink } = s3Case(`https://storage.googleapis.com:${server.port}/${BUCKET}`, {
      type: "gcs",
      tls: trusting(authority.cert),
    });
    const report = await expectPassed(run({ sink, secrets }, AT_LOOPBACK));
    expect(report.endpoint).toBe(`storage.googleapis.com:${server.port}/${BUCKET}`);
  });
});

describe("the token endpoint of a key file", () => {
  it.each([
    "https://169.254.169.254/token",
    "https://[::ffff:169.254.169.254]/token",
    "https://2852039166/token",
  ])("is refused by the address policy: %s", async (token_uri) => {
    await expectFailure(run(at(BUCKET, writer, { token_uri })), "AddressDenied");
  });

  it("is reported when nothing listens there", async () => {
    const { port } = await refusedPort();
    await expectFailure(
      run(at(BUCKET, writer, { token_uri: `https://localhost:${port}/token` })),
      "ConnectionRefused",
      `localhost:${port}`,
    );
  });

  it("must show a certificate that the sink trusts", async () => {
    const web = await startWeb(
      () => ({ status: 200 }),
      createAuthority("Other").issue({ names: ["localhost"] }),
    );
    try {
      await expectFailure(
        run(at(BUCKET, writer, { token_uri: `https://localhost:${web.port}/token` })),
        "TLSUntrusted",
      );
      expect(web.requests).toEqual([]);
    } finally {
      await web.close();
    }
  });

  it.each<[what: string, answer: WebAnswer, cause: Cause]>([
    ["a redirect", { status: 307, headers: { location: "https://127.0.0.1:1/" } }, "ProtocolError"],
    ["nonsense", { status: 200, body: "<html>" }, "ProtocolError"],
    ["a token that is none", { status: 200, body: '{"access_token":"a b\\r\\nx: y"}' }, "ProtocolError"],
    ["a fault", { status: 503, body: "" }, "Unreachable"],
  ])("is reported when it answers with %s", async (_what, answer, cause) => {
    const web = await startWeb(() => answer, authority.issue({ names: ["localhost"] }));
    try {
      await expectFailure(
        run(at(BUCKET, writer, { token_uri: `https://localhost:${web.port}/token` })),
        cause,
      );
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
    const report = await expectPassed(run(direct(`${BUCKET}/a b/ü`)));
    expect(results(report).Verify).toBe("Passed");
    expect(results(report).Authorize).toBe("Skipped: the service does not tell permissions");
    expect(report.insecure).toBe("PlainText");
  });

  it("reports TargetNotFound when there is no bucket", async () => {
    await expectFailure(run(direct("no-such-bucket")), "TargetNotFound");
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
    const report = await expectPassed(run(hmac(BUCKET)));
    expect(results(report).Authorize).toBe("Skipped: only a write could tell whether objects may be put");
  });

  it.each<[what: string, makeCase: () => ProbeCase, cause: Cause]>([
    [
      "a wrong key",
      () => hmac(BUCKET, { ...USER, secretAccessKey: STRANGER.secretAccessKey }),
      "AuthenticationFailed",
    ],
    ["no bucket", () => hmac("no-such-bucket"), "TargetNotFound"],
  ])("reports %s in the name of Google Cloud Storage", async (_what, makeCase, cause) => {
    await expectFailure(run(makeCase()), cause, /^Google Cloud Storage at /);
  });

  it("skips Verify when good keys may not ask", async () => {
    const report = await expectPassed(run(hmac(BUCKET, STRANGER)));
    expect(results(report).Verify).toBe("Skipped: not permitted to ask");
  });
});

describe("gcs with the pod's own identity", () => {
  /** Google's own endpoint, for a sink without a Secret. */
  const withoutSecret = (): ProbeCase =>
    s3Case(`https://storage.googleapis.com:${server.port}/${BUCKET}`, {
      type: "gcs",
      secret: null,
      tls: trusting(authority.cert),
    });

  it("takes its token from the metadata server and shows it to Google alone", async () => {
    const token = server.issueToken(writer);
    const body = JSON.stringify({ access_token: token, expires_in: 3600, token_type: "Bearer" });
    const metadata = await googleMetadata(({ headers }) =>
      headers["metadata-flavor"] === "Google" ? { status: 200, body } : { status: 403 },
    );
    const report = await expectPassed(run(withoutSecret(), metadata.options));
    expect(report.insecure).toBeUndefined();
    expect(JSON.stringify(report)).not.toContain(token);
    expect(metadata.requests.map(({ path }) => path)).toEqual([
      "/computeMetadata/v1/instance/service-accounts/default/token" +
        "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write",
    ]);
  });

  it.each<[what: string, answer: WebAnswer, cause: Cause]>([
    ["answers with a fault", { status: 404, body: "canary-server-message" }, "NoCredentials"],
    ["has no token", { status: 200, body: "{}" }, "ProtocolError"],
  ])("reports it when the metadata server %s", async (_what, answer, cause) => {
    const metadata = await googleMetadata(() => answer);
    await expectFailure(run(withoutSecret(), metadata.options), cause);
  });

  it.each(["https://169.254.169.254/inventory", "http://metadata.google.internal/inventory"])(
    "opens no way to the metadata server for a sink's own endpoint %s",
    async (endpoint) => {
      const options = { ...withPodIdentity({}), ...resolvingTo("169.254.169.254") };
      await expectFailure(run(keyCase(endpoint, server.keyFile(writer)), options), "AddressDenied");
    },
  );
});
