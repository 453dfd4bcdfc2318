import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../capabilities/domain/outcome";
import type { CloudEnvironment } from "../../capabilities/config/cloud-environment";
import { s3Probe } from "../../capabilities/probes/s3/probe";
import { expectClean } from "../contract/leaks";
import { runCase, type ProbeCase, type RunOptions } from "../../lab/backends/run-case";
import { faultServer, type Fault } from "../../lab/faults";
import { startS3, type S3Server } from "../../lab/servers/versitygw";
import { startWeb, type WebAnswer, type WebRequest, type WebServer } from "../../lab/servers/web";
import { BUCKET, s3Case, USER } from "../../lab/backends/s3";

/** Answers that the real server here does not give: AWS's redirects, and what no S3 service should send. */
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function web(answer: (request: WebRequest) => WebAnswer): Promise<WebServer> {
  const server = await startWeb(answer);
  closers.push(() => server.close());
  return server;
}

async function run(probeCase: ProbeCase, options?: RunOptions): Promise<ProbeReport> {
  const report = await runCase(s3Probe, probeCase, options);
  expectClean(report, [USER.secretAccessKey, "canary-secret-1", "canary-token-1"]);
  return report;
}

function at(
  { host, port }: WebServer | Fault | S3Server,
  secret: Parameters<typeof s3Case>[1] = {},
): ProbeCase {
  return s3Case(`http://${host}:${port}/${BUCKET}/snapshots`, secret);
}

function error(status: number, code: string, more = ""): WebAnswer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>` };
}

describe("s3 redirects", () => {
  it("follows none, whatever it says, and names the right region", async () => {
    const other = await web(() => ({ status: 200, headers: { "x-amz-request-id": "1" } }));
    const server = await web(() => ({
      status: 301,
      headers: {
        "x-amz-bucket-region": "ap-south-1",
        location: `http://${other.host}:${other.port}/${BUCKET}`,
      },
    }));
    const report = await run(at(server));
    expect(report.failure).toMatchObject({
      cause: "InvalidConfiguration",
      message: expect.stringMatching(
        /region ap-south-1, not us-east-1\. Kollect 0\.18 signs for us-east-1 .*: use a bucket in us-east-1/,
      ),
    });
    expect(other.requests).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it("follows none to an address that policy would refuse", async () => {
    const server = await web(() => ({
      status: 302,
      headers: { location: "http://169.254.169.254/latest/" },
    }));
    const report = await run(at(server));
    expect(report.failure).toMatchObject({
      cause: "InvalidConfiguration",
      message: expect.stringMatching(/another address \(HTTP 302\), which probes do not follow/),
    });
    expect(report.failure?.message).not.toContain("169.254");
  });
});

describe("s3 answers", () => {
  it("are told from those of any web server", async () => {
    const server = await web(() => ({ status: 200, body: "<html>hello</html>" }));
    expect((await run(at(server))).failure?.cause).toBe("ProtocolError");
  });

  it("pass when only the prefix may be listed", async () => {
    const answers: Readonly<Record<string, WebAnswer>> = {
      HEAD: { status: 403, headers: { "x-amz-request-id": "1" } },
      GET: { status: 200, body: "<ListBucketResult></ListBucketResult>" },
      PUT: error(400, "BadDigest"),
    };
    const server = await web(({ method }) => answers[method] ?? { status: 405 });
    const report = await run(at(server));
    expect(report.failure).toBeUndefined();
    expect(report.phases).toContainEqual(expect.objectContaining({ name: "Verify", result: "Passed" }));
    expect(server.requests.map(({ method, path }) => [method, path])).toEqual([
      ["HEAD", `/${BUCKET}`],
      ["GET", `/${BUCKET}?list-type=2&max-keys=1&prefix=snapshots%2F`],
      ["PUT", `/${BUCKET}/snapshots/inventory/shop/.kollect-connection-test.json`],
    ]);
  });

  it.each([
    [error(503, "SlowDown"), "TooManyConnections"],
    [error(500, "InternalError"), "Unreachable"],
    [{ status: 502, body: "Bad Gateway" }, "Unreachable"],
  ])("of a service in trouble are transient: %j", async (answer, cause) => {
    const server = await web(() => answer);
    expect((await run(at(server))).failure?.cause).toBe(cause);
  });

  it("are cut when they have no end", async () => {
    const endless = await faultServer((socket) => {
      socket.write("HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n");
      const timer = setInterval(() => socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`), 1);
      socket.on("close", () => clearInterval(timer));
      socket.resume();
    });
    closers.push(() => endless.close());
    expect((await run(at(endless), { timeoutMs: 3000 })).failure?.cause).toBe("ProtocolError");
  });

  it("are asked again when a kept connection turns out to be closed", async () => {
    let connections = 0;
    const stale = await faultServer((socket) => {
      const isFirst = (connections += 1) === 1;
      let asked = 0;
      socket.on("data", () => {
        asked += 1;
        if (isFirst && asked > 1) socket.resetAndDestroy();
        else if (isFirst) socket.write("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        else socket.write("HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\ncontent-length: 0\r\n\r\n");
      });
    });
    closers.push(() => stale.close());
    expect((await run(at(stale))).failure).toBeUndefined();
    expect(connections).toBe(2);
  });
});

/** Exchanges the token as STS does, for a key that the real S3 service knows. */
describe("s3 with the pod's role", () => {
  let server: S3Server;
  let folder: string;
  let tokenFile: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kollect-token-"));
    tokenFile = join(folder, "token");
    await writeFile(tokenFile, "canary-token-1\n");
    server = await startS3();
    await server.createUser(USER.accessKeyID, USER.secretAccessKey);
    await server.createBucket(BUCKET, USER.accessKeyID);
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function ambient(sts: WebServer, file = tokenFile): RunOptions {
    const cloud: CloudEnvironment = {
      awsRole: { arn: "arn:aws:iam::1:role/kollect", tokenFile: file, sessionName: "probe" },
      awsStsEndpoint: `http://${sts.host}:${sts.port}`,
      awsS3Endpoint: `http://${server.host}:${server.port}`,
    };
    return { plan: { ambientCredentials: true, cloud } };
  }

  function credentials(accessKeyId: string, secretAccessKey: string, sessionToken: string): WebAnswer {
    const fields = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken };
    const xml = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
    return {
      status: 200,
      body: `<AssumeRoleWithWebIdentityResult>${xml.join("")}</AssumeRoleWithWebIdentityResult>`,
    };
  }

  it("exchanges the service account's token and signs with what it got", async () => {
    const sts = await web(() => credentials("ASIAPROBE", "canary-secret-1", "canary-session-1"));
    const s3 = await web(() => ({ status: 200, headers: { "x-amz-request-id": "1" } }));
    const options = ambient(sts);
    const cloud = { ...options.plan?.cloud, awsS3Endpoint: `http://${s3.host}:${s3.port}` };
    const report = await run(at(s3, { secret: null }), { plan: { ambientCredentials: true, cloud } });
    expect(report.failure).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(sts.requests[0]?.body))).toEqual({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::1:role/kollect",
      RoleSessionName: "probe",
      DurationSeconds: "900",
      WebIdentityToken: "canary-token-1",
    });
    expect(s3.requests[0]?.headers).toMatchObject({
      "x-amz-security-token": "canary-session-1",
      authorization: expect.stringContaining("Credential=ASIAPROBE/"),
    });
  });

  it("reports a key that the S3 service does not know", async () => {
    const sts = await web(() => credentials("ASIAUNKNOWN", "canary-secret-1", "canary-session-1"));
    const report = await run(at(server, { secret: null }), ambient(sts));
    expect(report.failure).toMatchObject({
      cause: "AuthenticationFailed",
      message: expect.stringContaining("the operator's own AWS identity"),
    });
  });

  it.each([
    ["refuses the token", error(400, "InvalidIdentityToken"), "AuthenticationFailed", /role's trust policy/],
    ["answers nonsense", { status: 200, body: "<html>" }, "AuthenticationFailed", /gave no key/],
  ])("reports it when STS %s", async (_what, answer, cause, says) => {
    const sts = await web(() => answer);
    const report = await run(at(server, { secret: null }), ambient(sts));
    expect(report.failure).toMatchObject({ cause, message: expect.stringMatching(says) });
  });

  it("reports a token file that is not there, without dialling STS for nothing", async () => {
    const sts = await web(() => ({ status: 500 }));
    const report = await run(at(server, { secret: null }), ambient(sts, join(folder, "missing")));
    expect(report.failure).toMatchObject({
      cause: "NoCredentials",
      message: expect.stringContaining("AWS_WEB_IDENTITY_TOKEN_FILE"),
    });
    expect(sts.requests).toEqual([]);
  });
});
