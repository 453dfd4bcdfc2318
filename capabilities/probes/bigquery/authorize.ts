import { failed } from "../../domain/failure";
import { strings } from "../google/answer";
import type { GoogleApi } from "../google/api";
import { googleFailure, isForbidden } from "../google/errors";
import { quoted } from "../messages";
import { NotPermittedToAsk } from "../not-permitted";
import type { BigqueryPlan } from "./plan";
import { datasetPath, wordsOf } from "./verify";

/** What rows are written with, streamed or loaded. */
const WRITE = "bigquery.tables.updateData";

/**
 * Asks for the account's permissions on the table, which needs no right. BigQuery may answer for a table that
 * does not exist as for one without permissions, so an empty answer is followed by a look at the table.
 * Throws `FailureError` `PermissionDenied` or `TargetNotFound`, or `NotPermittedToAsk` when the service does not say.
 */
export async function authorize(api: GoogleApi, plan: BigqueryPlan): Promise<void> {
  if (await mayWrite(api, plan)) return;
  const table = await lookForTable(api, plan);
  const mayCreate = plan.target.provisioning === "ensure";
  if (table === "missing" && mayCreate) throw new NotPermittedToAsk(NOT_YET);
  if (table === "missing") throw noTable(plan);
  if (table === "hidden" && mayCreate) throw new NotPermittedToAsk();
  throw notWritable(plan);
}

const NOT_YET = "the table does not exist yet, and only creating it would tell";

async function mayWrite(api: GoogleApi, plan: BigqueryPlan): Promise<boolean> {
  const answer = await api.post(`${tablePath(plan)}:testIamPermissions`, { permissions: [WRITE] });
  if ((answer.status === 404 && answer.json) || isForbidden(answer)) return false;
  const failure = googleFailure(answer, wordsOf(plan));
  if (failure) throw failure;
  return strings(answer.json?.permissions)?.includes(WRITE) ?? false;
}

async function lookForTable(api: GoogleApi, plan: BigqueryPlan): Promise<"there" | "missing" | "hidden"> {
  // "id" is enough to know that it exists; a schema may be long.
  const answer = await api.get(`${tablePath(plan)}?fields=id`);
  if (isForbidden(answer)) return "hidden";
  if (answer.status === 404 && answer.json) return "missing";
  const failure = googleFailure(answer, wordsOf(plan));
  if (failure) throw failure;
  return "there";
}

function tablePath(plan: BigqueryPlan): string {
  return `${datasetPath(plan)}/tables/${encodeURIComponent(plan.target.table)}`;
}

function noTable(plan: BigqueryPlan): Error {
  const { server, target } = wordsOf(plan);
  return failed(
    "TargetNotFound",
    `${server} has no table ${quoted(plan.target.table)} in ${target}. ` +
      "Create it, or let the sink create it with spec.provisioning.mode ensure.",
  );
}

function notWritable(plan: BigqueryPlan): Error {
  const { server, target, source } = wordsOf(plan);
  return failed(
    "PermissionDenied",
    `${server} does not let the account of ${source} write to table ${quoted(plan.target.table)} of ${target} (${WRITE}). ` +
      "Grant it roles/bigquery.dataEditor on the table or dataset.",
  );
}
