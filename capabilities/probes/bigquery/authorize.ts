import { strings } from "../google/answer";
import type { GoogleApi } from "../google/api";
import { googleFailure, isForbidden } from "../google/errors";
import type { Recorder } from "../probe";
import { GET, GET_DATA, mayNotStartJobs, mayNotUseTable, UPDATE_DATA, type TableRight } from "./grants";
import type { BigqueryPlan } from "./plan";
import { ask, type Found } from "./verify";
import { projectPath, tablePath, wordsOf } from "./words";

/**
 * Checks the exporter's needs: that the account may start jobs, with a query that BigQuery plans and does not run,
 * and its rights on the table, which every account may query for itself. Throws `FailureError` `PermissionDenied`.
 */
export async function authorize(
  api: GoogleApi,
  plan: BigqueryPlan,
  found: Found,
  recorder: Recorder,
): Promise<void> {
  if (!(await ask(plan, () => api.post(`${projectPath(plan)}/queries`, dryRun(plan, found))))) {
    throw mayNotStartJobs(plan);
  }
  const rights = found.table === "missing" ? [] : await rightsOnTable(api, plan);
  const state: State = { found, rights };
  const missing = missingRights(plan, state);
  if (missing.length > 0) throw mayNotUseTable(plan, missing, isSeen(state) ? "" : ", if it exists");
  noteUnproven(plan, state, recorder);
}

function noteUnproven({ target }: BigqueryPlan, state: State, recorder: Recorder): void {
  if (target.provisioning === "ensure") {
    recorder.unproven("bigquery.tables.create", "OnlyAWriteTells", NO_QUESTION);
  }
  const unseen = whatIsUnseen(target, state);
  if (unseen) recorder.unproven("bigquery:Dataset", "NotAnswered", `the account may not ask ${unseen}`);
  const why = whyUntold(state);
  if (why === undefined) return;
  for (const right of DATA_RIGHTS) recorder.unproven(right, "NotAnswered", why);
}

/** The unknown property of the dataset; undefined when there is none. A right on a table shows that it exists. */
function whatIsUnseen({ location }: BigqueryPlan["target"], state: State): string | undefined {
  const { found } = state;
  if (found.dataset === "hidden" && !isSeen(state)) return "whether the dataset exists";
  return location !== undefined && found.location === undefined ? "where the dataset is" : undefined;
}

const NO_QUESTION =
  "the exporter creates the table at each start, and BigQuery offers no check of that right";

/** The findings, and the account's rights on the table; undefined when it may not query them. */
interface State {
  readonly found: Found;
  readonly rights: readonly string[] | undefined;
}

function dryRun({ target }: BigqueryPlan, { location = target.location }: Found): object {
  return { query: "SELECT 1", dryRun: true, useLegacySql: false, ...(location ? { location } : {}) };
}

/** Rights that every export needs on an existing table. */
const DATA_RIGHTS = [GET_DATA, UPDATE_DATA] as const;

/** The subset of the rights that the account has; empty for a table that does not exist. */
async function rightsOnTable(api: GoogleApi, plan: BigqueryPlan): Promise<readonly string[] | undefined> {
  const answer = await api.post(`${tablePath(plan)}:testIamPermissions`, { permissions: DATA_RIGHTS });
  if (answer.status === 404 && answer.json) return [];
  if (isForbidden(answer)) return undefined;
  const failure = googleFailure(answer, wordsOf(plan));
  if (failure) throw failure;
  return strings(answer.json?.permissions) ?? [];
}

/** Whether the table is known to exist: only an existing table has rights. */
function isSeen({ found, rights }: State): boolean {
  return found.table === "there" || Boolean(rights?.length);
}

/** With mode existing the exporter reads the table first, so that a missing right to do so is a fault by itself. */
function missingRights({ target }: BigqueryPlan, { found, rights }: State): TableRight[] {
  const isExisting = target.provisioning === "existing";
  const isAsked = rights !== undefined && (isExisting || isSeen({ found, rights }));
  const data: TableRight[] = isAsked ? DATA_RIGHTS.filter((right) => !rights.includes(right)) : [];
  return isExisting && found.table === "hidden" ? [...data, GET] : data;
}

/** Why the rights on the table are neither proven nor missing; undefined when they are proven. */
function whyUntold(state: State): string | undefined {
  if (state.rights === undefined) return "the account may not ask for its rights";
  if (isSeen(state)) return undefined;
  return "BigQuery reports rights only on existing tables";
}
