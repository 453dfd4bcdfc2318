import { FailureError } from "../../../../capabilities/domain/failure";
import type { HttpAnswer } from "../../../../capabilities/probes/net/http-client";
import { readS3Answer } from "../../../../capabilities/probes/s3/answer";
import { s3Error, s3Failure, type S3Words } from "../../../../capabilities/probes/s3/errors";

const WORDS: S3Words = {
  server: "S3 at minio:9000",
  bucket: "inventory",
  region: "us-east-1",
  keys: "the keys accessKeyID and secretAccessKey of Secret s3-keys",
  token: "the key sessionToken of Secret s3-keys",
  hasToken: true,
  isTemporary: false,
  isProvider: true,
  withoutBucket: "http://minio:9000/bucket",
};
/** Of an exporter that follows neither region nor session token. */
export const IGNORING: Partial<S3Words> = { ignoresRegion: "Kollect 0.18", ignoresToken: "Kollect 0.18" };
const NOW = Date.parse("2026-11-23T12:00:00Z");

/** As S3 sends it, with what a message must never repeat. */
export function document(code: string, more = ""): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>` +
    `<Message>canary-message</Message><AWSAccessKeyId>canary-key</AWSAccessKeyId>` +
    `<StringToSign>canary-string</StringToSign>${more}</Error>`
  );
}

export function error(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

export function judge(
  answer: Partial<HttpAnswer>,
  more: Partial<S3Words> = {},
): { cause?: string | undefined; phase?: string; message: string } {
  const words = { ...WORDS, ...more };
  const read = readS3Answer({ status: 403, headers: {}, body: "", ...answer });
  const error = s3Error(read, words.region);
  if (!error) return { message: "" };
  const failure = s3Failure(error, words, read, NOW);
  if (!(failure instanceof FailureError)) throw failure;
  return { cause: failure.failure.cause, phase: error.phase, message: failure.message };
}
