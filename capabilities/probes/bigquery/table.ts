import { failed } from "../../domain/failure";
import type { GoogleAnswer } from "../google/answer";
import { quoted } from "../messages";
import type { BigqueryPlan } from "./plan";
import { wordsOf } from "./words";

/** Requested members of the table's description, for the parameter `fields`: a schema may be long. */
export const TABLE_FIELDS = "type,location,schema/fields/name";

/** Kinds of tables that MERGE and DELETE cannot change. Source: the field `type` of the REST resource Table. */
const READ_ONLY: Readonly<Record<string, string>> = {
  VIEW: "a view",
  MATERIALIZED_VIEW: "a materialized view",
  SNAPSHOT: "a snapshot",
  EXTERNAL: "an external table",
};

/** Columns by which the exporter partitions and clusters its table. */
const COLUMNS = ["exported_at", "cluster", "inventory_namespace", "inventory_name", "resource_namespace"];

/** Throws `FailureError` `InvalidConfiguration` for a table that the exporter's statements cannot change. */
export function checkTable({ json = {} }: GoogleAnswer, plan: BigqueryPlan): void {
  const { server, target } = wordsOf(plan);
  const table = `${server} has ${quoted(plan.target.table)} in ${target}`;
  const kind = typeof json.type === "string" && Object.hasOwn(READ_ONLY, json.type) && READ_ONLY[json.type];
  if (kind) {
    throw failed(
      "InvalidConfiguration",
      `${table} as ${kind}, which MERGE and DELETE cannot change. Name a table in spec.bigquery.table.`,
    );
  }
  const names = columnNames(json.schema);
  const missing = names && COLUMNS.filter((column) => !names.includes(column));
  if (missing?.length) {
    throw failed(
      "InvalidConfiguration",
      `${table} without the columns ${missing.join(", ")}, so it is not the exporter's table. ` +
        "Name another one in spec.bigquery.table, or let mode ensure create it.",
    );
  }
}

/** Column names in lower case, as BigQuery compares them; undefined when the answer has none. */
function columnNames(schema: unknown): string[] | undefined {
  const fields = (schema as { fields?: unknown } | undefined)?.fields;
  if (!Array.isArray(fields)) return undefined;
  return fields.map((field: { name?: unknown } | null) => {
    return typeof field?.name === "string" ? field.name.toLowerCase() : "";
  });
}
