import { failed } from "../../domain/failure";
import type { GoogleAnswer } from "../google/answer";
import type { GoogleApi } from "../google/api";
import { googleFailure, isForbidden, type GoogleWords } from "../google/errors";
import { BACKEND_NAMES, quoted } from "../messages";
import { hostHeader } from "../net/http-client";
import { NotPermittedToAsk } from "../not-permitted";
import type { BigqueryPlan } from "./plan";

/**
 * Asks for the dataset, and has BigQuery plan a query in its location without running it. Each of the two
 * needs a right that writing rows does not (`datasets.get`, `jobs.create`), so being refused one is no fault.
 * Throws `FailureError`, or `NotPermittedToAsk` when both were refused.
 */
export async function verify(api: GoogleApi, plan: BigqueryPlan): Promise<void> {
  const dataset = await ask(plan, () => api.get(datasetPath(plan)));
  if (dataset) checkLocation(dataset, plan);
  const query = await ask(plan, () => api.post(`${projectPath(plan)}/queries`, dryRun(plan, dataset)));
  if (!dataset && !query) throw new NotPermittedToAsk();
}

/** The answer; undefined when the account may not ask. Throws `FailureError` for every other refusal. */
export async function ask(
  plan: BigqueryPlan,
  request: () => Promise<GoogleAnswer>,
): Promise<GoogleAnswer | undefined> {
  const answer = await request();
  if (isForbidden(answer)) return undefined;
  const failure = googleFailure(answer, wordsOf(plan));
  if (failure) throw failure;
  return answer;
}

/** What messages name. */
export function wordsOf({ origin, target, source }: BigqueryPlan): GoogleWords {
  return {
    server: `${BACKEND_NAMES.bigquery} at ${hostHeader(origin)}`,
    source,
    target: `dataset ${quoted(target.project)}.${quoted(target.dataset)}`,
    field: "spec.bigquery.project, dataset and location",
  };
}

export function projectPath({ target }: BigqueryPlan): string {
  return `/bigquery/v2/projects/${encodeURIComponent(target.project)}`;
}

export function datasetPath(plan: BigqueryPlan): string {
  return `${projectPath(plan)}/datasets/${encodeURIComponent(plan.target.dataset)}`;
}

function dryRun({ target }: BigqueryPlan, dataset: GoogleAnswer | undefined): object {
  const location = (dataset && locationOf(dataset)) ?? target.location;
  return { query: "SELECT 1", dryRun: true, useLegacySql: false, ...(location ? { location } : {}) };
}

/** A job in another location than the dataset's does not find the dataset. */
function checkLocation(dataset: GoogleAnswer, plan: BigqueryPlan): void {
  const { location: wanted } = plan.target;
  const actual = locationOf(dataset);
  if (wanted === undefined || actual === undefined || wanted.toLowerCase() === actual.toLowerCase()) return;
  const { server, target } = wordsOf(plan);
  throw failed(
    "InvalidConfiguration",
    `${server} has ${target} in location ${actual}, not ${wanted}. Set spec.bigquery.location to ${actual}.`,
  );
}

/** `EU`, `europe-west3`, `aws-us-east-1`: a wider form would let a hostile server choose a word to be shown. */
const LOCATION = /^(US|EU|[a-z]{2,14}(-[a-z]{2,14}){1,3}-?\d{1,2}|azure-[a-z]{4,16}\d?)$/;

function locationOf({ json }: GoogleAnswer): string | undefined {
  const location = json?.location;
  return typeof location === "string" && LOCATION.test(location) ? location : undefined;
}
