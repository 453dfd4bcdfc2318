import { BACKEND_NAMES } from "../messages";
import { hostHeader, openHttp } from "../net/http-client";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { credentialReferences } from "../sink-spec";
import type { S3Answer } from "./answer";
import { askBucket } from "./bucket";
import { ACCESS_DENIED, s3Error, s3Failure, type S3Words } from "./errors";
import { s3Plan, type S3Plan } from "./plan";
import type { AccessKey } from "./signer";
import { assumeRole } from "./web-identity";

/**
 * Amazon S3 and what speaks its protocol.
 * @param now the operator's clock, which signatures carry, in milliseconds since the epoch
 */
export function createS3Probe(now: () => number = Date.now): Probe<S3Plan> {
  return {
    type: "s3",
    references: (sink) => credentialReferences(sink),
    plan: s3Plan,
    run: (plan, context) => runS3(plan, context, now),
  };
}

export const s3Probe: Probe<S3Plan> = createS3Probe();

/** Asks a bucket by S3's protocol; also for Google's storage with HMAC keys. */
export async function runS3(plan: S3Plan, context: ProbeContext, now: () => number): Promise<void> {
  const { recorder } = context;
  const client = await openHttp(originOf(plan), context);
  try {
    const answer = await recorder.phase("Authenticate", async () => {
      const key = await accessKey(plan, context);
      const said = await askBucket({ client, plan, key, now });
      throwIf("Authenticate", said, { plan, now: now() });
      return said;
    });
    await phaseIfPermitted(recorder, "Verify", async () => verify(answer, plan, now()));
    recorder.skipped("Authorize", "only a write could tell whether objects may be put");
  } finally {
    client.close();
  }
}

function originOf({ address, trust, clientCertificate }: S3Plan): Parameters<typeof openHttp>[0] {
  const { secure, host, port } = address;
  return { secure, host, port, trust, ...(clientCertificate ? { clientCertificate } : {}) };
}

function accessKey({ credentials, address }: S3Plan, context: ProbeContext): Promise<AccessKey> {
  const { source } = credentials;
  return "roleArn" in source ? assumeRole(source, address.region, context) : Promise.resolve(source);
}

function verify(answer: S3Answer, plan: S3Plan, now: number): void {
  throwIf("Verify", answer, { plan, now });
  if (answer.code === ACCESS_DENIED) throw new NotPermittedToAsk();
}

function throwIf(
  phase: "Authenticate" | "Verify",
  answer: S3Answer,
  { plan, now }: { readonly plan: S3Plan; readonly now: number },
): void {
  const error = s3Error(answer, plan.address.region);
  if (error?.phase === phase) throw s3Failure(error, wordsOf(plan), answer, now);
}

function wordsOf({ type, address, credentials }: S3Plan): S3Words {
  return {
    server: `${BACKEND_NAMES[type]} at ${hostHeader(address)}`,
    bucket: address.bucket,
    region: address.region,
    keys: credentials.keys,
    token: credentials.token,
  };
}
