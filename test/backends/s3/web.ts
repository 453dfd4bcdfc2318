import type { DialTarget } from "../../../capabilities/probes/net/dialler";
import { s3Probe } from "../../../capabilities/probes/s3/probe";
import type { ProbeCase } from "../../../lab/backends/run-case";
import { BUCKET, s3Case, USER, type S3CaseOptions } from "../../../lab/backends/s3";
import { startWeb, type WebAnswer, type WebRequest, type WebServer } from "../../../lab/servers/web";
import { runsOf } from "../expect-report";
import { duringTest } from "../../fixtures/during-test";

/** A web server in place of an S3 service, or of AWS's STS, until the end of the test. */
export function web(answer: (request: WebRequest) => WebAnswer): Promise<WebServer> {
  return duringTest(startWeb(answer));
}

export const run = runsOf(s3Probe, [USER.secretAccessKey, "canary-secret-1", "canary-token-1"]);

/** A sink with a prefix in plain text. */
export function at({ host, port }: DialTarget, options: S3CaseOptions = {}): ProbeCase {
  return s3Case(`http://${host}:${port}/${BUCKET}/snapshots`, options);
}

/** S3's answer with this error code. */
export function error(status: number, code: string, more = ""): WebAnswer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>` };
}
