import { afterEach, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import type { PlanOptions } from "../../../capabilities/probes/probe";
import { createS3Probe } from "../../../capabilities/probes/s3/probe";
import { BUCKET, s3Case, USER, type S3CaseOptions } from "../../../lab/backends/s3";
import { runCase } from "../../../lab/backends/run-case";
import { startWeb, type WebAnswer, type WebServer } from "../../../lab/servers/web";
import { expectClean } from "../../contract/leaks";

/** Servers that answer the question for the right to write as no server does that can be had here. */
const KEY = "snapshots/inventory/shop/.kollect-connection-test.json";
const OBJECT = `/${BUCKET}/${KEY}`;
const YES: WebAnswer = { status: 200, headers: { "x-amz-request-id": "1" } };
const DAY_MS = 24 * 60 * 60 * 1000;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

type Answers = Readonly<Partial<Record<"HEAD" | "GET" | "PUT" | "DELETE", WebAnswer>>>;

async function server(answers: Answers): Promise<WebServer> {
  const web = await startWeb(({ method }) => answers[method as keyof Answers] ?? YES);
  closers.push(() => web.close());
  return web;
}

function error(status: number, code: string, more = ""): WebAnswer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>` };
}

async function ask(
  { host, port }: WebServer,
  { probe = createS3Probe(), plan, ...options }: Asking = {},
): Promise<ProbeReport> {
  const probeCase = s3Case(`http://${host}:${port}/${BUCKET}/snapshots`, options);
  const report = await runCase(probe, probeCase, plan ? { plan } : {});
  expectClean(report, [USER.secretAccessKey]);
  return report;
}

interface Asking extends S3CaseOptions {
  readonly probe?: ReturnType<typeof createS3Probe>;
  readonly plan?: PlanOptions;
}

function sent({ requests }: WebServer): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

describe("the question for the right to write", () => {
  it("is one byte with a digest that is that of none, signed", async () => {
    const web = await server({ PUT: error(400, "BadDigest") });
    expect((await ask(web)).unproven).toBeUndefined();
    expect(sent(web)).toEqual([`HEAD /${BUCKET}`, `PUT ${OBJECT}?x-id=PutObject`]);
    expect(web.requests[1]).toMatchObject({
      body: "0",
      headers: {
        "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==",
        "content-length": "1",
        authorization: expect.stringMatching(/SignedHeaders=\S*content-md5;\S*host;/),
      },
    });
    expect(web.requests[1]?.headers).not.toHaveProperty("if-match");
  });

  it.each<[what: string, answer: WebAnswer]>([
    ["a fault", error(500, "InternalError")],
    ["what it does not implement", error(501, "NotImplemented")],
    ["another error", error(400, "InvalidDigest")],
    ["a page", { status: 403, body: "<html>" }],
    ["an error without S3's form", { status: 403, body: '{"Code":"AccessDenied"}' }],
    ["a full disk", error(507, "XMinioStorageFull")],
    ["too many requests", error(503, "SlowDown")],
    ["a redirect", error(307, "TemporaryRedirect")],
    ["a bucket that is there and not there", error(404, "NoSuchBucket")],
    ["a refused signature", error(403, "SignatureDoesNotMatch")],
  ])("proves nothing when the server answers it with %s, and is not asked again", async (_what, answer) => {
    const web = await server({ PUT: answer });
    const report = await ask(web);
    expect(report.failure).toBeUndefined();
    expect(report.unproven).toEqual([{ need: "s3:PutObject", kind: "NotAnswered", why: expect.any(String) }]);
    expect(report.phases).toContainEqual(
      expect.objectContaining({ name: "Authorize", result: "Skipped", why: report.unproven?.[0]?.why }),
    );
    expect(sent(web).filter((line) => line.startsWith("PUT"))).toHaveLength(1);
  });

  it("tells of a missing bucket where nothing else did", async () => {
    const web = await server({
      HEAD: { status: 403, headers: { "x-amz-request-id": "1" } },
      GET: error(403, "AccessDenied"),
      PUT: error(404, "NoSuchBucket"),
    });
    expect((await ask(web)).failure?.cause).toBe("TargetNotFound");
  });

  it.each([
    ["a request id", "<RequestId>1</RequestId>", /Allow \{"Effect":"Allow"/],
    ["no request ID", "", /no request ID, .*names the port of the API and not of a console/],
  ])("is answered with no by a refusal with %s", async (_what, more, says) => {
    const web = await server({ PUT: error(403, "AccessDenied", more) });
    expect((await ask(web)).failure).toMatchObject({
      cause: "PermissionDenied",
      message: expect.stringMatching(says),
    });
  });

  it("is not asked when it is turned off", async () => {
    const web = await server({});
    const report = await ask(web, { plan: { ambientCredentials: false, s3WriteCheck: false } });
    expect(report.unproven).toEqual([
      { need: "s3:PutObject", kind: "NotAnswered", why: "KOLLECT_S3_WRITE_CHECK is false" },
    ]);
    expect(sent(web)).toEqual([`HEAD /${BUCKET}`]);
  });
});

describe("a server that stores the byte", () => {
  it.each<[what: string, answers: Answers, deletion: string, says: RegExp]>([
    [
      "has it deleted",
      { DELETE: { status: 204 } },
      `DELETE ${OBJECT}?x-id=DeleteObject`,
      /^the server stored the byte although its digest is wrong; snapshots\/inventory\/shop\/\.kollect-connection-test\.json was deleted again$/,
    ],
    [
      "has its version deleted",
      { PUT: { status: 200, headers: { "x-amz-version-id": "v1.x" } }, DELETE: { status: 204 } },
      `DELETE ${OBJECT}?versionId=v1.x&x-id=DeleteObject`,
      /was deleted again$/,
    ],
    [
      "is named with the key when it refuses to delete it",
      { DELETE: error(403, "AccessDenied") },
      `DELETE ${OBJECT}?x-id=DeleteObject`,
      /deleting it was refused: delete snapshots\/inventory\/shop\/\.kollect-connection-test\.json$/,
    ],
    [
      "is named with the key when it refuses to delete the version",
      {
        PUT: { status: 200, headers: { "x-amz-version-id": "v1" } },
        DELETE: error(403, "AccessDenied"),
      },
      `DELETE ${OBJECT}?versionId=v1&x-id=DeleteObject`,
      /deleting it was refused: delete \S+ with all its versions$/,
    ],
    [
      "is named with the key when only the deletion shows that it keeps versions",
      { DELETE: { status: 204, headers: { "x-amz-version-id": "v2", "x-amz-delete-marker": "true" } } },
      `DELETE ${OBJECT}?x-id=DeleteObject`,
      /the bucket keeps versions: delete snapshots\/\S+ with all its versions$/,
    ],
  ])("%s", async (_what, answers, deletion, says) => {
    const web = await server(answers);
    const report = await ask(web);
    expect(report.failure).toBeUndefined();
    expect(report.unproven).toEqual([
      { need: "s3:PutObject", kind: "NotAnswered", why: expect.stringMatching(says) },
    ]);
    expect(sent(web).slice(1)).toEqual([`PUT ${OBJECT}?x-id=PutObject`, deletion]);
  });

  it("the check is not repeated for a day", async () => {
    const web = await server({});
    let now = Date.now();
    const probe = createS3Probe(() => now);
    const puts = (): number => sent(web).filter((line) => line.startsWith("PUT")).length;
    await ask(web, { probe });
    now += DAY_MS - 1000;
    const second = await ask(web, { probe });
    expect(second.unproven?.[0]?.why).toMatch(
      /stored the byte of an earlier check, so the check is not repeated/,
    );
    expect(puts()).toBe(1);
    now += 2000;
    await ask(web, { probe });
    expect(puts()).toBe(2);
  });

  it("is asked for another namespace, whatever the server did with this one's", async () => {
    const web = await server({});
    const probe = createS3Probe();
    await ask(web, { probe });
    const { sink, secrets } = s3Case(`http://${web.host}:${web.port}/${BUCKET}/snapshots`);
    const other = { ...sink, metadata: { ...sink.metadata, namespace: "bank" } };
    await runCase(probe, { sink: other as typeof sink, secrets });
    expect(sent(web).filter((line) => line.startsWith("PUT"))).toHaveLength(2);
  });
});

describe("what the exporter ignores", () => {
  const asExporter = `GET /${BUCKET}?list-type=2&max-keys=1&prefix=snapshots%2F`;
  const refused = { GET: error(403, "InvalidTokenId"), PUT: error(400, "BadDigest") };

  it("is asked for where a server does not say its region", async () => {
    const web = await server({
      GET: error(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
      PUT: error(400, "BadDigest"),
    });
    const report = await ask(web, { region: "eu-west-1" });
    expect(report.failure).toBeUndefined();
    expect(report.limited).toEqual([{ id: "RegionIgnored" }]);
    expect(sent(web)).toEqual([`HEAD /${BUCKET}`, asExporter, `PUT ${OBJECT}?x-id=PutObject`]);
    expect(
      web.requests.map(({ headers }) => /\/([a-z0-9-]+)\/s3\//.exec(headers.authorization ?? "")?.[1]),
    ).toEqual(["eu-west-1", "us-east-1", "eu-west-1"]);
  });

  it("is not told where a server takes any region", async () => {
    const web = await server({
      GET: { status: 200, body: "<ListBucketResult/>" },
      PUT: error(400, "BadDigest"),
    });
    expect((await ask(web, { region: "eu-west-1" })).limited).toBeUndefined();
  });

  it("is asked for where a key may need its session token", async () => {
    const web = await server(refused);
    const report = await ask(web, { secret: { ...USER, sessionToken: "token" } });
    expect(report.failure).toBeUndefined();
    expect(report.limited).toEqual([{ id: "SessionTokenIgnored", effect: "fails" }]);
    expect(web.requests.map(({ headers }) => headers["x-amz-security-token"])).toEqual([
      "token",
      undefined,
      "token",
    ]);
  });

  it("is known of a temporary key of AWS", async () => {
    const web = await server(refused);
    const report = await ask(web, { secret: { ...USER, accessKeyID: "ASIAEXAMPLE", sessionToken: "token" } });
    expect(report.limited).toEqual([{ id: "SessionTokenIgnored", effect: "fails" }]);
    expect(sent(web)).toEqual([`HEAD /${BUCKET}`, `PUT ${OBJECT}?x-id=PutObject`]);
  });

  it("is not asked for when no exporter is predicted", async () => {
    const web = await server(refused);
    const plan: PlanOptions = {
      ambientCredentials: false,
      exporter: { version: "none", strict: false, privateSinks: "allowed" },
    };
    await ask(web, { plan, region: "eu-west-1", secret: { ...USER, sessionToken: "token" } });
    expect(sent(web)).toEqual([`HEAD /${BUCKET}`, `PUT ${OBJECT}?x-id=PutObject`]);
  });
});
