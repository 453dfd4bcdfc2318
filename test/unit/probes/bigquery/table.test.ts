import { expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { BigqueryPlan } from "../../../../capabilities/probes/bigquery/plan";
import { checkTable } from "../../../../capabilities/probes/bigquery/table";

const PLAN = {
  origin: { host: "bigquery.googleapis.com", port: 443, secure: true },
  target: { project: "shop", dataset: "inventory", table: "items" },
} as unknown as BigqueryPlan;

it.each([
  ["an object that has no text", { toString: 0, valueOf: 0 }],
  ["a list in lists", [[[]]]],
  ["null", null],
])("takes the name of a column that is %s for none of the exporter's", (_, name) => {
  const json = { schema: { fields: [{ name }, null, 5] } };
  expect(() => checkTable({ status: 200, json }, PLAN)).toThrow(FailureError);
});
