import type { WebAnswer } from "../web";
import type { Allowed, Dataset, Datasets, Table } from "./bigquery-state";
import { apiError, json } from "./stand-in";

interface Context {
  readonly datasets: Datasets;
  readonly may: Allowed;
}

const STATEMENT = /^(MERGE|DELETE FROM|INSERT INTO) `[^`]*?\.(\w+)\.([^`]+)`/;
const NEEDED = ["bigquery.tables.getData", "bigquery.tables.updateData"];

/**
 * How a statement that changes a table ends: by the rules of BigQuery's reference for location, rights, kind of table and
 * columns. The statement itself is not understood beyond its target and the columns that it inserts.
 */
export function runQuery(sql: string, location: string | undefined, { datasets, may }: Context): WebAnswer {
  const [, , dataset, table] = STATEMENT.exec(sql) ?? [];
  if (!dataset || !table) return INVALID;
  const found = datasets[dataset];
  const target = found?.tables[table];
  const isPermitted = NEEDED.every((right) => may(right, dataset, target && table));
  if (!isPermitted) return apiError(403, "accessDenied", "PERMISSION_DENIED");
  if (!target || isElsewhere(found, location)) return apiError(404, "notFound", "NOT_FOUND");
  return takes(target, sql) ? json(200, { jobComplete: true }) : INVALID;
}

const INVALID = apiError(400, "invalidQuery", "INVALID_ARGUMENT");

function isElsewhere(dataset: Dataset | undefined, location: string | undefined): boolean {
  return location !== undefined && location.toLowerCase() !== dataset?.location.toLowerCase();
}

function takes({ type = "TABLE", columns }: Table, sql: string): boolean {
  return type === "TABLE" && insertedColumns(sql).every((column) => columns.includes(column));
}

function insertedColumns(sql: string): string[] {
  const [, list = ""] = /INSERT(?: INTO `[^`]+`)? \(([^)]*)\)/.exec(sql) ?? [];
  return list === "" ? [] : list.split(", ");
}
