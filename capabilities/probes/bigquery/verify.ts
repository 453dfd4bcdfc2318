import { failed } from "../../domain/failure";
import type { GoogleAnswer } from "../google/answer";
import type { GoogleApi } from "../google/api";
import { isCloudRegion } from "../cloud-regions";
import { googleFailure, isForbidden } from "../google/errors";
import { quoted } from "../messages";
import { NotPermittedToAsk } from "../not-permitted";
import type { BigqueryPlan } from "./plan";
import { checkTable, TABLE_FIELDS } from "./table";
import { datasetPath, tablePath, wordsOf } from "./words";

/** What the account could find out about the sink's target. */
export interface Found {
  /** Whether the dataset is known to exist. */
  readonly dataset: "there" | "hidden";
  readonly table: "there" | "missing" | "hidden";
  /** Location of the dataset; absent where it is not known. */
  readonly location?: string;
}

export const NOTHING_FOUND: Found = { dataset: "hidden", table: "hidden" };

/**
 * Requests the dataset and the table. The first needs `datasets.get`, which the exporter does not need, and with
 * provisioning mode ensure the second needs a right that the exporter does not need either, so a refusal is not a
 * fault. Throws `FailureError`, or `NotPermittedToAsk` when both were refused.
 */
export async function verify(api: GoogleApi, plan: BigqueryPlan): Promise<Found> {
  const dataset = await ask(plan, () => api.get(`${datasetPath(plan)}?fields=location`));
  if (dataset) checkLocation(dataset, plan);
  const table = await lookForTable(api, plan);
  if (table) checkLocation(table, plan);
  if (table === undefined && !dataset) throw new NotPermittedToAsk();
  const told = dataset ?? (table || undefined);
  const location = told && locationOf(told);
  return { dataset: told ? "there" : "hidden", table: stateOf(table), ...(location ? { location } : {}) };
}

function stateOf(table: GoogleAnswer | false | undefined): Found["table"] {
  if (table === undefined) return "hidden";
  return table ? "there" : "missing";
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

/** The table; `false` when it does not exist and the exporter creates it, undefined when the account may not ask. */
async function lookForTable(api: GoogleApi, plan: BigqueryPlan): Promise<GoogleAnswer | false | undefined> {
  const answer = await api.get(`${tablePath(plan)}?fields=${encodeURIComponent(TABLE_FIELDS)}`);
  const isMissing = answer.status === 404 && answer.json !== undefined;
  if (isMissing && plan.target.provisioning === "existing") throw noTable(plan);
  if (isMissing) return false;
  const table = await ask(plan, () => Promise.resolve(answer));
  if (table) checkTable(table, plan);
  return table;
}

function noTable(plan: BigqueryPlan): Error {
  const { server, target } = wordsOf(plan);
  return failed(
    "TargetNotFound",
    `${server} has no table ${quoted(plan.target.table)} in ${target}. ` +
      "Create it, or let the exporter create it with spec.provisioning.mode ensure.",
  );
}

/** Checks the location: a job in another location than the dataset's does not find the dataset. */
function checkLocation(answer: GoogleAnswer, plan: BigqueryPlan): void {
  const { location: wanted } = plan.target;
  const actual = locationOf(answer);
  if (wanted === undefined || actual === undefined || wanted.toLowerCase() === actual.toLowerCase()) return;
  const { server, target } = wordsOf(plan);
  throw failed(
    "InvalidConfiguration",
    `${server} has ${target} in location ${actual}, not ${wanted}. Set spec.bigquery.location to ${actual}.`,
  );
}

/** `EU`, `europe-west3`, `aws-us-east-1`: any other word would let a hostile server choose the message. */
function locationOf({ json }: GoogleAnswer): string | undefined {
  const location = json?.location;
  if (typeof location !== "string") return undefined;
  const isKnown =
    ["US", "EU", "azure-eastus2"].includes(location) || isCloudRegion(location.replace(/^aws-/, ""));
  return isKnown ? location : undefined;
}
