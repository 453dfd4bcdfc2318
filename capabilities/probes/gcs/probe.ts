import { failed } from "../../domain/failure";
import { googleApi, type GoogleApi } from "../google/api";
import { strings, type GoogleAnswer } from "../google/answer";
import { googleFailure, isForbidden, type GoogleWords } from "../google/errors";
import { accessToken } from "../google/token";
import { BACKEND_NAMES, quoted } from "../messages";
import { hostHeader, openHttp } from "../net/http-client";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { runS3 } from "../s3/probe";
import { credentialReferences } from "../sink-spec";
import { gcsPlan, type GcsJsonPlan, type GcsPlan } from "./plan";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const CREATE = "storage.objects.create";

/**
 * Google Cloud Storage: with HMAC keys by its XML API, with a service account by its JSON API.
 * @param now the operator's clock, in milliseconds since the epoch
 */
export function createGcsProbe(now: () => number = Date.now): Probe<GcsPlan> {
  return {
    type: "gcs",
    references: (sink) => credentialReferences(sink),
    plan: gcsPlan,
    run: (plan, context) => ("address" in plan ? runS3(plan, context, now) : runJson(plan, context, now)),
  };
}

export const gcsProbe: Probe<GcsPlan> = createGcsProbe();

async function runJson(plan: GcsJsonPlan, context: ProbeContext, now: () => number): Promise<void> {
  const { recorder } = context;
  const client = await openHttp(plan.origin, context);
  try {
    const { trust, host: apiHost } = plan.origin;
    const token = await recorder.phase("Authenticate", () =>
      accessToken(plan.identity, { scope: SCOPE, trust, apiHost, now }, context),
    );
    const api = googleApi(client, token);
    const granted = await phaseIfPermitted(recorder, "Verify", () => verify(api, plan));
    await authorize(granted, plan, context);
  } finally {
    client.close();
  }
}

/** What the service says that the account may do with the bucket; undefined when it does not say. */
type Granted = readonly string[] | "unsaid" | undefined;

/** Anybody may ask for their own permissions, so this needs no right at all. */
async function verify(api: GoogleApi, plan: GcsJsonPlan): Promise<Granted> {
  const answer = await api.get(`${bucketPath(plan)}/iam/testPermissions?permissions=${CREATE}`);
  // Emulators do not know the question.
  if (answer.status === 404 && !answer.json) return verifyByListing(api, plan);
  checkAnswer(answer, plan);
  // Google leaves the list out when it is empty.
  return strings(answer.json?.permissions) ?? [];
}

async function verifyByListing(api: GoogleApi, plan: GcsJsonPlan): Promise<"unsaid"> {
  const prefix = plan.prefix === "" ? "" : `&prefix=${encodeURIComponent(`${plan.prefix}/`)}`;
  checkAnswer(await api.get(`${bucketPath(plan)}/o?maxResults=1${prefix}`), plan);
  return "unsaid";
}

function checkAnswer(answer: GoogleAnswer, plan: GcsJsonPlan): void {
  if (isForbidden(answer)) throw new NotPermittedToAsk();
  const failure = googleFailure(answer, wordsOf(plan));
  if (failure) throw failure;
}

async function authorize(granted: Granted, plan: GcsJsonPlan, { recorder }: ProbeContext): Promise<void> {
  if (granted === undefined) return recorder.skipped("Authorize", "not permitted to ask");
  if (granted === "unsaid") return recorder.skipped("Authorize", "the service does not tell permissions");
  await recorder.phase("Authorize", async () => {
    if (granted.includes(CREATE)) return;
    const { server, source } = wordsOf(plan);
    throw failed(
      "PermissionDenied",
      `${server} does not let the account of ${source} create objects in bucket ${quoted(plan.bucket)} (${CREATE}). ` +
        "Grant it roles/storage.objectUser on the bucket, or roles/storage.objectCreator if it never overwrites.",
    );
  });
}

function bucketPath({ bucket }: GcsJsonPlan): string {
  return `/storage/v1/b/${encodeURIComponent(bucket)}`;
}

function wordsOf({ type, origin, bucket, source }: GcsJsonPlan): GoogleWords {
  return {
    server: `${BACKEND_NAMES[type]} at ${hostHeader(origin)}`,
    source,
    target: `bucket ${quoted(bucket)}`,
    field: "spec.endpoint",
  };
}
