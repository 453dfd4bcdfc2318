import type { HttpClient } from "../net/http-client";
import { readS3Answer, type S3Answer } from "./answer";
import type { AccessKey } from "./credentials";
import { EXPORTER_REGION } from "./endpoint";
import { ACCESS_DENIED } from "./errors";
import type { S3Plan } from "./plan";
import { sendS3, type S3Question } from "./sdk/send";

/** Client and credentials for requests about a bucket. */
export interface BucketClient {
  readonly client: HttpClient;
  readonly plan: S3Plan;
  readonly key: AccessKey;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The service's answer about the bucket: from HeadBucket if that succeeds, else from a listing of at most
 * one key under the sink's prefix. HeadBucket has no body to distinguish a bad signature from a missing right, and
 * a policy may allow only the prefix. A success that any web server could have sent is followed by a listing, too.
 */
export async function askBucket(bucket: BucketClient): Promise<S3Answer> {
  const head = await askS3(bucket, { command: "HeadBucket" });
  if (head.isS3 && head.status < 300) return head;
  if (isElsewhere(head, bucket.plan)) return head;
  const list = await askS3(bucket, listing(bucket.plan));
  const isMissing = head.isS3 && head.status === 404 && list.code === ACCESS_DENIED;
  if (isMissing) return { ...list, status: 404, code: "NoSuchBucket" };
  const isReserved = list.code === "AllAccessDisabled" && bucket.plan.address.bucket === "minio";
  if (isReserved) return { ...list, hint: "reserved" };
  return { ...(head.region ? { region: head.region } : {}), ...list };
}

/** The service's answer to the exporter's form of request: for its own region and without a session token. */
export function askAsExporter({ plan, key, ...bucket }: BucketClient): Promise<S3Answer> {
  const { sessionToken: _, ...alone } = key;
  const address = { ...plan.address, region: EXPORTER_REGION };
  return askS3({ ...bucket, plan: { ...plan, address }, key: alone }, listing(plan));
}

/** Sends one request of the S3 protocol. */
export async function askS3(
  { client, plan, key, now }: BucketClient,
  question: S3Question,
): Promise<S3Answer> {
  const answer = await sendS3(question, { client, address: plan.address, key, now: now() });
  return withoutEcho(readS3Answer(answer), key);
}

/** Removes a region that is the access key, which may look like one and must not be shown. */
function withoutEcho({ region, ...answer }: S3Answer, key: AccessKey): S3Answer {
  const echoes = Object.values(key).some((value: string | undefined) => region && value?.includes(region));
  return region === undefined || echoes ? answer : { ...answer, region };
}

/** Whether the bucket is in another region: enough for the advice, and the listing would be refused for it too. */
function isElsewhere({ status, region }: S3Answer, { address }: S3Plan): boolean {
  return status >= 300 && status < 400 && region !== undefined && region !== address.region;
}

function listing(plan: S3Plan): S3Question {
  return { command: "ListObjectsV2", prefix: listPrefix(plan), maxKeys: 1 };
}

/** With the slash, as policies for a prefix are written: `snapshots/*`. */
function listPrefix({ address }: S3Plan): string {
  return address.prefix === "" ? "" : `${address.prefix}/`;
}
