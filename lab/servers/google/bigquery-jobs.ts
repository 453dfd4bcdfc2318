import type { WebAnswer } from "../web";
import type { Allowed, Datasets } from "./bigquery-state";
import { apiError, json } from "./stand-in";

interface Context {
  readonly datasets: Datasets;
  readonly may: Allowed;
}

const STATEMENT = /^(MERGE|DELETE FROM|INSERT INTO) `([^`]+)`/;
const NEEDED = ["bigquery.tables.getData", "bigquery.tables.updateData"];

/**
 * How a statement that changes a table ends: by the rules of BigQuery's reference for location, rights, kind of table and
 * columns. The statement itself is not understood beyond its target and the columns that it inserts.
 */
export function runQuery(sql: string, location: string | undefined, { datasets, may }: Context): WebAnswer {
  const [, , path = ""] = STATEMENT.exec(sql) ?? [];
  const [, dataset = "", table = ""] = /^.*?\.(\w+)\.(.+)$/.exec(path) ?? [];
  if (table === "") return apiError(400, "invalidQuery", "INVALID_ARGUMENT");
  const found = datasets[dataset];
  const isElsewhere = location !== undefined && location.toLowerCase() !== found?.location.toLowerCase();
  const target = found?.tables[table];
  if (!NEEDED.every((right) => may(right, dataset, target && table))) {
    return apiError(403, "accessDenied", "PERMISSION_DENIED");
  }
  if (!target || isElsewhere) return apiError(404, "notFound", "NOT_FOUND");
  const isWritable = (target.type ?? "TABLE") === "TABLE";
  if (!isWritable || insertedColumns(sql).some((column) => !target.columns.includes(column))) {
    return apiError(400, "invalidQuery", "INVALID_ARGUMENT");
  }
  return json(200, { jobComplete: true });
}

function insertedColumns(sql: string): string[] {
  const [, list = ""] = /INSERT(?: INTO `[^`]+`)? \(([^)]*)\)/.exec(sql) ?? [];
  return list === "" ? [] : list.split(", ");
}
