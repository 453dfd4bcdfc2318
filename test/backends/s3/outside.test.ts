import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { BUCKET, s3Case } from "../../../lab/backends/s3";
import { startWeb, type WebServer } from "../../../lab/servers/web";
import { error } from "./web";

const CANARY = "canary-of-the-machine";

let home: string;
let sink: WebServer;
let elsewhere: WebServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "kollect-aws-home-"));
  await mkdir(join(home, ".aws"));
  const profile = `region = eu-west-1\nendpoint_url = http://127.0.0.1:1\naws_access_key_id = ${CANARY}\n`;
  await writeFile(join(home, ".aws/config"), `[default]\n${profile}[profile ${CANARY}]\n${profile}`);
  await writeFile(join(home, ".aws/credentials"), `[default]\naws_access_key_id = ${CANARY}\n`);
  const YES = { status: 200, headers: { "x-amz-request-id": "1" } };
  sink = await startWeb(({ method }) => (method === "PUT" ? error(400, "BadDigest") : YES));
  elsewhere = await startWeb(() => YES);
});
afterAll(async () => {
  await Promise.all([sink, elsewhere].map((server) => server?.close()));
  await rm(home, { recursive: true, force: true });
});

/** Everything that the SDK is known to look at, with values that would show. */
function environment(): NodeJS.ProcessEnv {
  const other = `http://${elsewhere.host}:${elsewhere.port}`;
  return {
    PATH: process.env.PATH,
    HOME: home,
    AWS_PROFILE: CANARY,
    AWS_ACCESS_KEY_ID: CANARY,
    AWS_SECRET_ACCESS_KEY: CANARY,
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: other,
    AWS_ENDPOINT_URL_S3: other,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: other,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: other,
    AWS_DEFAULTS_MODE: "auto",
    AWS_MAX_ATTEMPTS: "5",
    AWS_SDK_UA_APP_ID: CANARY,
    AWS_EXECUTION_ENV: CANARY,
    AWS_LAMBDA_FUNCTION_NAME: CANARY,
    _X_AMZN_TRACE_ID: CANARY,
    AWS_USE_FIPS_ENDPOINT: "true",
    AWS_USE_DUALSTACK_ENDPOINT: "true",
    HTTP_PROXY: other,
  };
}

interface Outside {
  readonly report: ProbeReport;
  readonly files: readonly string[];
  readonly dialled: readonly string[];
}

describe("a probe by AWS's SDK", () => {
  it("reads no file of the machine, dials the sink alone, sends nothing else and prints nothing", async () => {
    const probeCase = s3Case(`http://${sink.host}:${sink.port}/${BUCKET}/snapshots`);
    const script = join(import.meta.dirname, "outside-probe.ts");
    const args = ["--import", "tsx", script, JSON.stringify(probeCase)];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env: environment() });
    expect(stderr).toBe("");
    // One line of JSON and nothing before it.
    const { report, files, dialled } = JSON.parse(stdout) as Outside;
    expect(report.failure).toBeUndefined();
    expect(files).toEqual([]);
    expect([...new Set(dialled)]).toEqual([`${sink.host}:${sink.port}`]);
    expect(elsewhere.requests).toEqual([]);
    expect(sink.requests.map(({ method }) => method)).toEqual(["HEAD", "PUT"]);
    for (const { path, headers } of sink.requests) {
      expect(`${path} ${JSON.stringify(headers)}`).not.toMatch(/canary|eu-west-1|node|linux/i);
      expect(headers["amz-sdk-request"]).toBe("attempt=1; max=1");
    }
  });
});
