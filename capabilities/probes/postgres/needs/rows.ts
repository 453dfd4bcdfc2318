import { failed, type FailureError } from "../../../domain/failure";
import type { Catalog } from "./catalog";
import type { Details } from "./details";
import { baseTable } from "./view";
import { sqlName } from "../identifiers";
import type { PostgresWhere } from "../words";

/** Throws `FailureError` for rules, partitions, publications and policies that refuse every row. */
export function checkRows(catalog: Catalog, details: Details, table: string, where: PostgresWhere): void {
  const { rules, partitions, publication, view } = details;
  const { endpoint } = where;
  if (rules?.onUpsert) {
    throw failed(
      "TargetNotFound",
      `${table} at ${endpoint} has a rule on INSERT or UPDATE, with which the server refuses ON CONFLICT. ` +
        "Drop the rule; a trigger can do the same.",
    );
  }
  if (partitions?.any === false) throw noPartition(table, { table, endpoint });
  if (view?.lacksPartition) throw noPartition(baseTable(view, table), { table: "it", endpoint });
  if (publication?.refuses) throw noIdentity(table, endpoint);
  checkPolicies(catalog, details, table, where);
}

function noPartition(
  what: string,
  { table, endpoint }: { readonly table: string; readonly endpoint: string },
): FailureError {
  return failed(
    "TargetNotFound",
    `${what} at ${endpoint} is partitioned and has no partition, so it takes no row. ` +
      `Create its partitions; CREATE TABLE … PARTITION OF ${table} DEFAULT takes every row.`,
  );
}

function checkPolicies(
  { session, relation }: Catalog,
  { policies }: Details,
  table: string,
  where: PostgresWhere,
): void {
  if (relation?.rowSecurity && session.rowSecurityOff) throw rowSecurityOff(table, where);
  const closed = (["select", "insert", "update"] as const).filter((command) => policies?.[command] === false);
  if (closed.length > 0) throw noPolicy(closed, table, where);
}

function noIdentity(table: string, endpoint: string): FailureError {
  return failed(
    "TargetNotFound",
    `${table} at ${endpoint} is in a publication of updates or deletes that its replica identity does not serve, so the ` +
      "server refuses both. Give the table (each partition) a primary key, or REPLICA IDENTITY FULL, and publish all its columns.",
  );
}

function rowSecurityOff(table: string, { endpoint, plan }: PostgresWhere): FailureError {
  const user = sqlName(plan.dsn.user);
  const { key, secret } = plan.source;
  const isInDsn = plan.dsn.runtime.some(({ name }) => name === "row_security" || name === "options");
  const where = isInDsn
    ? `Take it out of the key ${key} of Secret ${secret}`
    : `Run: ALTER ROLE ${user} RESET row_security;`;
  return failed(
    "PermissionDenied",
    `${table} at ${endpoint} has row-level security, and the sessions of user ${user} have row_security off, with which ` +
      `the server refuses every statement. ${where}${isInDsn ? "." : ""}`,
  );
}

function noPolicy(
  commands: readonly string[],
  table: string,
  { endpoint, plan }: PostgresWhere,
): FailureError {
  const user = sqlName(plan.dsn.user);
  const words = commands.map((command) => command.toUpperCase());
  return failed(
    "PermissionDenied",
    `${table} at ${endpoint} has row-level security, and no policy lets user ${user} ${words.join(" or ")}. ` +
      `Run: CREATE POLICY kollect ON ${table} FOR ALL TO ${user} USING (true) WITH CHECK (true);`,
  );
}
