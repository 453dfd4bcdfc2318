import type { GoogleWords } from "../google/errors";
import { BACKEND_NAMES, quoted } from "../messages";
import { hostHeader } from "../net/http-client";
import type { BigqueryPlan } from "./plan";

/** The names in messages. */
export function wordsOf({ origin, target, source }: BigqueryPlan): GoogleWords {
  return {
    server: `${BACKEND_NAMES.bigquery} at ${hostHeader(origin)}`,
    source,
    target: `dataset ${quoted(target.project)}.${quoted(target.dataset)}`,
    field: "spec.bigquery.project, dataset and location",
  };
}

/** Paths of the REST API, percent-encoded. */
export function projectPath({ target }: BigqueryPlan): string {
  return `/bigquery/v2/projects/${encodeURIComponent(target.project)}`;
}

export function datasetPath(plan: BigqueryPlan): string {
  return `${projectPath(plan)}/datasets/${encodeURIComponent(plan.target.dataset)}`;
}

export function tablePath(plan: BigqueryPlan): string {
  return `${datasetPath(plan)}/tables/${encodeURIComponent(plan.target.table)}`;
}
