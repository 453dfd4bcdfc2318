import { failed } from "../../domain/failure";
import { quoted } from "../messages";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { Recorder } from "../probe";
import { arnPartition } from "./aws-hosts";
import type { BucketClient } from "./bucket";
import { S3_ERRORS, s3Failure } from "./errors";
import type { S3Plan } from "./plan";
import type { StoringServers } from "./storing-servers";
import { wordsOf } from "./words";
import { askToWrite, type WriteAnswer } from "./write-check";

export interface Authorizing {
  readonly recorder: Recorder;
  readonly storing: StoringServers;
  /** Whether the service reported that the bucket exists. */
  readonly isVerified: boolean;
}

/** Phase Authorize: the right to put an object below the prefix, the only one that the exporter needs. */
export async function authorize(
  bucket: BucketClient,
  { recorder, storing, isVerified }: Authorizing,
): Promise<void> {
  const { plan, now } = bucket;
  await phaseIfPermitted(recorder, "Authorize", async () => {
    const answer = await askToWrite(bucket, storing);
    if (answer.kind === "allowed") return;
    if (answer.kind === "denied") throw denied(plan, answer.isNameless);
    const error = S3_ERRORS.NoSuchBucket;
    if (answer.kind === "noBucket" && !isVerified && error) {
      throw s3Failure(error, wordsOf(plan), { status: 404, isS3: true }, now());
    }
    const why = whyUnproven(answer);
    recorder.unproven(plan.write.need, "NotAnswered", why);
    throw new NotPermittedToAsk(why);
  });
}

function whyUnproven(answer: WriteAnswer): string {
  return "why" in answer ? answer.why : "the server reports both that the bucket exists and that it does not";
}

function denied(plan: S3Plan, isNameless: boolean): Error {
  const { server, keys, bucket } = wordsOf(plan);
  const found = `${server} does not let ${keys} put objects into bucket ${bucket}.`;
  return failed("PermissionDenied", `${found} ${isNameless ? NAMELESS : grant(plan)}`);
}

/** Advice for consoles and proxies, which refuse with the same code. */
const NAMELESS =
  "Its answer has no request ID, which S3 APIs send: check that spec.endpoint names the port of the API and " +
  "not of a console, and the key's rights.";

/** Maximum length of the advice, to leave space for the sentence before it. */
const MOST_ADVICE = 170;

/** The smallest grant for the sink. */
function grant({ address, write }: S3Plan): string {
  const { bucket, region, isProvider } = address;
  const { below } = write;
  if (write.need !== "s3:PutObject") {
    return "Grant their service account roles/storage.objectUser on the bucket.";
  }
  const partition = isProvider ? arnPartition(region) : "aws";
  const resource = `arn:${partition}:s3:::${bucket}/${below}*`;
  const statement = JSON.stringify({ Effect: "Allow", Action: write.need, Resource: resource });
  // Other characters would have a special meaning in a policy.
  const isPlain = /^[A-Za-z0-9!_.'()/=+@,: -]*$/.test(below);
  return isPlain && statement.length <= MOST_ADVICE
    ? `Allow ${statement}.`
    : `Allow s3:PutObject on the objects below ${quoted(below)}.`;
}
