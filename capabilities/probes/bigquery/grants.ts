import { failed } from "../../domain/failure";
import { quoted, shellWord } from "../messages";
import type { BigqueryPlan } from "./plan";

/** Rights on the table that the exporter needs. */
export const GET = "bigquery.tables.get";
export const GET_DATA = "bigquery.tables.getData";
export const UPDATE_DATA = "bigquery.tables.updateData";
export type TableRight = typeof GET | typeof GET_DATA | typeof UPDATE_DATA;

/** The least privileged of Google's roles that has a right and also those in the rows below. */
const ROLES: readonly (readonly [right: TableRight, role: string])[] = [
  [UPDATE_DATA, "roles/bigquery.dataEditor"],
  [GET_DATA, "roles/bigquery.dataViewer"],
  [GET, "roles/bigquery.metadataViewer"],
];

/** The account may not start jobs, which is a right on the project. */
export function mayNotStartJobs(plan: BigqueryPlan): Error {
  const { project } = plan.target;
  const grant = {
    command: `gcloud projects add-iam-policy-binding ${shellWord(project)}`,
    role: "roles/bigquery.jobUser",
    on: `project ${quoted(project)}`,
  };
  return denied(plan, "bigquery.jobs.create", grant);
}

/** The account lacks rights on the table; `hint` names another possible reason. */
export function mayNotUseTable(plan: BigqueryPlan, missing: readonly TableRight[], hint = ""): Error {
  const { project, dataset, table } = plan.target;
  const [, role = ""] = ROLES.find(([right]) => missing.includes(right)) ?? [];
  const rights = ROLES.map(([right]) => right).filter((right) => missing.includes(right));
  // The second and third without their common prefix, because the command is long.
  const named = rights.map((right, index) => (index === 0 ? right : right.replace("bigquery.tables.", "")));
  const grant = {
    command: "bq add-iam-policy-binding --table=true",
    role,
    on: `table ${quoted(`${dataset}.${table}`)}${hint}`,
    resource: ` ${shellWord(`${project}:${dataset}.${table}`)}`,
  };
  return denied(plan, named.join(", "), grant);
}

interface Grant {
  readonly command: string;
  readonly role: string;
  readonly on: string;
  readonly resource?: string;
}

function denied(plan: BigqueryPlan, rights: string, { command, role, on, resource = "" }: Grant): Error {
  const { identity } = plan;
  // The operator does not know the name of its own account.
  const advice =
    identity?.kind === "account"
      ? `Run: ${command} --member=${shellWord(`serviceAccount:${identity.account.email}`)} --role=${role}${resource}`
      : `Grant its service account ${role} there.`;
  const who = identity?.kind === "account" ? "The service account" : "The operator's own Google identity";
  return failed("PermissionDenied", `${who} lacks ${rights} on ${on}. ${advice}`);
}
