import { googleApi, type GoogleApi } from "../google/api";
import { strings, type GoogleAnswer } from "../google/answer";
import { googleFailure, isForbidden, type GoogleWords } from "../google/errors";
import { accessToken } from "../google/token";
import { BACKEND_NAMES, quoted } from "../messages";
import { hostHeader } from "../net/http-client";
import { NotPermittedToAsk, phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { openStore } from "../open-store";
import type { S3Plan } from "../s3/plan";
import { runS3, S3_TOOLS, type S3Tools } from "../s3/probe";
import { createStoringServers, type StoringServers } from "../s3/storing-servers";
import { credentialReferences } from "../sink-spec";
import { gcsPlan, type GcsJsonPlan, type GcsPlan } from "./plan";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const CREATE = "storage.objects.create";
const DELETE = "storage.objects.delete";

/**
 * The probe of Google Cloud Storage: through its XML API with HMAC keys, through its JSON API with a service account.
 * @param now the operator's clock, in milliseconds since the epoch
 */
export function createGcsProbe(
  now: () => number = Date.now,
  storing: StoringServers = createStoringServers(now),
): Probe<GcsPlan> {
  return {
    type: "gcs",
    references: (sink) => credentialReferences(sink),
    plan: gcsPlan,
    run: (plan, context) =>
      "address" in plan ? runHmac(plan, context, { now, storing }) : runJson(plan, context, now),
  };
}

export const gcsProbe: Probe<GcsPlan> = createGcsProbe(S3_TOOLS.now, S3_TOOLS.storing);

async function runHmac(plan: S3Plan, context: ProbeContext, tools: S3Tools): Promise<void> {
  await runS3(plan, context, tools);
  // Unlike other services, Google requires a separate right for the second export, which overwrites the first.
  if (plan.address.isProvider) {
    const why = "the second export overwrites the first, and the S3 protocol offers no check of that right";
    context.recorder.unproven(DELETE, "OnlyAWriteTells", why);
  }
}

async function runJson(plan: GcsJsonPlan, context: ProbeContext, now: () => number): Promise<void> {
  const { recorder } = context;
  // Also for the operator's own identity, which is in no Secret.
  recorder.limited("CredentialsJSONIgnored");
  const client = await openStore(plan.origin, plan.exporter, context);
  try {
    const { trust, host: apiHost } = plan.origin;
    const token = await recorder.phase("Authenticate", () =>
      accessToken(plan.identity, { scope: SCOPE, trust, apiHost, now }, context),
    );
    const api = googleApi(client, token);
    const granted = await phaseIfPermitted(recorder, "Verify", () => verify(api, plan));
    await authorize(granted, context);
  } finally {
    client.close();
  }
}

const QUESTION = `permissions=${CREATE}&permissions=${DELETE}`;

/** The account's rights on the bucket as the service reports them; undefined when the account may not query them. */
type Granted = readonly string[] | "unsaid" | undefined;

/** Any principal may query its own permissions, so this needs no right. */
async function verify(api: GoogleApi, plan: GcsJsonPlan): Promise<Granted> {
  const answer = await api.get(`${bucketPath(plan)}/iam/testPermissions?${QUESTION}`);
  // Emulators do not implement this method.
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

/**
 * Checks the rights to create and to overwrite objects. A right that the account has only for a prefix or a managed
 * folder is not among its rights on the bucket, so a missing right proves nothing.
 */
async function authorize(granted: Granted, { recorder }: ProbeContext): Promise<void> {
  const has = (permission: string): boolean => Array.isArray(granted) && granted.includes(permission);
  for (const [need, what] of NEEDED) {
    if (!has(need)) recorder.unproven(need, "NotAnswered", whyNot(granted, what));
  }
  await phaseIfPermitted(recorder, "Authorize", () => {
    if (has(CREATE) || has(DELETE)) return Promise.resolve();
    return Promise.reject(new NotPermittedToAsk(whyNot(granted, "write to")));
  });
}

const NEEDED = [
  [CREATE, "create objects in"],
  [DELETE, "overwrite objects in"],
] as const;

function whyNot(granted: Granted, what: string): string {
  if (granted === undefined) return "not permitted to ask";
  if (granted === "unsaid") return "the service does not report permissions";
  return `the account may not ${what} the whole bucket; a grant for a prefix or managed folder cannot be checked`;
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
