import { holds } from "../../domain/exporter/judge";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext, Recorder } from "../probe";
import { blamingSent } from "../secrets/secret-values";
import { credentialReferences } from "../sink-spec";
import type { S3Answer } from "./answer";
import { authorize } from "./authorize";
import { askAsExporter, askBucket, type BucketClient } from "./bucket";
import { openStore } from "../open-store";
import { isTemporary, type AccessKey } from "./credentials";
import { EXPORTER_REGION } from "./endpoint";
import { ACCESS_DENIED, s3Error, s3Failure } from "./errors";
import { s3Plan, type S3Plan } from "./plan";
import { loadSdk } from "./sdk/send";
import { createStoringServers, type StoringServers } from "./storing-servers";
import { assumeRole } from "./web-identity";
import { wordsOf } from "./words";

/** Dependencies of a probe of an object store. */
export interface S3Tools {
  /** The operator's clock, for signatures, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly storing: StoringServers;
}

/** The dependencies of the operator's probes, which share one record of storing servers. */
export const S3_TOOLS: S3Tools = { now: Date.now, storing: createStoringServers(Date.now) };

/** The probe of Amazon S3 and compatible services. */
export function createS3Probe(
  now: () => number = Date.now,
  storing: StoringServers = createStoringServers(now),
): Probe<S3Plan> {
  return {
    type: "s3",
    references: (sink) => credentialReferences(sink),
    plan: s3Plan,
    run: (plan, context) => runS3(plan, context, { now, storing }),
  };
}

export const s3Probe: Probe<S3Plan> = createS3Probe(S3_TOOLS.now, S3_TOOLS.storing);

/** Probes a bucket with the S3 protocol; also for Google's storage with HMAC keys. */
export async function runS3(plan: S3Plan, context: ProbeContext, { now, storing }: S3Tools): Promise<void> {
  const { recorder } = context;
  await loadSdk();
  const client = await openStore(originOf(plan), plan.exporter, context);
  try {
    const { bucket, answer } = await recorder.phase("Authenticate", async () => {
      const bucket = { client, plan, key: await accessKey(plan, context), now };
      return { bucket, answer: await authenticate(bucket, recorder) };
    });
    const isVerified = await phaseIfPermitted(recorder, "Verify", async () => verify(answer, plan, now()));
    await authorize(bucket, { recorder, storing, isVerified: isVerified ?? false });
  } finally {
    client.close();
  }
}

function originOf({ address, trust, clientCertificate }: S3Plan): Parameters<typeof openStore>[0] {
  const { secure, host, port } = address;
  return { secure, host, port, trust, ...(clientCertificate ? { clientCertificate } : {}) };
}

function accessKey({ credentials, address }: S3Plan, context: ProbeContext): Promise<AccessKey> {
  const { source } = credentials;
  return "roleArn" in source ? assumeRole(source, address.region, context) : Promise.resolve(source);
}

async function authenticate(bucket: BucketClient, recorder: Recorder): Promise<S3Answer> {
  const { plan, now } = bucket;
  const answer = await askBucket(bucket);
  noteRegion(answer.region, recorder);
  try {
    throwIf("Authenticate", answer, { plan, now: now() });
  } catch (error) {
    throw blamingSent(error, plan.credentials.sent ?? []);
  }
  await noteExporter(bucket, answer, recorder);
  return answer;
}

function noteRegion(region: string | undefined, recorder: Recorder): void {
  if (region !== undefined && region !== EXPORTER_REGION) recorder.limited("RegionIgnored");
}

/**
 * Notes whether the exporter fails because it ignores region and session token. Sends a request only if neither the
 * answer nor the access key decides that.
 */
async function noteExporter(bucket: BucketClient, answer: S3Answer, recorder: Recorder): Promise<void> {
  const { plan } = bucket;
  const token = tokenOf(bucket);
  if (token === "needed") recorder.limited("SessionTokenIgnored", "fails");
  const asksToken = token === "unknown" && holds("SessionTokenIgnored", plan.exporter);
  if (!asksToken && !asksRegion(plan, answer)) return;
  const said = await askAsExporter(bucket);
  const error = s3Error(said, EXPORTER_REGION);
  noteRegion(said.region, recorder);
  if (error?.otherRegion) recorder.limited("RegionIgnored");
  else if (asksToken && error?.cause === "AuthenticationFailed")
    recorder.limited("SessionTokenIgnored", "fails");
}

/** Whether the sink's access key needs the session token in its Secret. */
function tokenOf({ plan, key }: BucketClient): "absent" | "needed" | "unknown" {
  if (key.sessionToken === undefined || plan.credentials.sent === undefined) return "absent";
  return isTemporary(key) ? "needed" : "unknown";
}

function asksRegion({ address, exporter }: S3Plan, answer: S3Answer): boolean {
  return (
    address.region !== EXPORTER_REGION && answer.region === undefined && holds("RegionIgnored", exporter)
  );
}

/** Checks that the bucket exists; throws {@link NotPermittedToAsk} if the service does not report it. */
function verify(answer: S3Answer, plan: S3Plan, now: number): true {
  throwIf("Verify", answer, { plan, now });
  if (answer.code === ACCESS_DENIED) throw new NotPermittedToAsk();
  return true;
}

function throwIf(
  phase: "Authenticate" | "Verify",
  answer: S3Answer,
  { plan, now }: { readonly plan: S3Plan; readonly now: number },
): void {
  const error = s3Error(answer, plan.address.region);
  if (error?.phase === phase) throw s3Failure(error, wordsOf(plan), answer, now);
}
