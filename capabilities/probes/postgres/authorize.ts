import { failed } from "../../domain/failure";
import { quoted } from "../messages";
import type { Rights, TableRights } from "./rights";
import type { Session } from "./session";

/** Throws `FailureError` when the rights do not cover what the sink needs. */
export function checkRights(rights: Rights, { where }: Pick<Session, "where">): void {
  checkWritable(rights, where.endpoint);
  if (rights.table) checkTable(rights.table, where);
  else if (where.plan.target.provisioning === "existing") throw noTable(where);
  else checkMayCreate(rights.schema, where);
}

type Where = Session["where"];

function checkWritable({ standby, readOnly }: Rights, endpoint: string): void {
  if (standby) {
    throw failed(
      "PermissionDenied",
      `PostgreSQL at ${endpoint} is a standby, which takes no writes. Name the primary, ` +
        "or name all hosts with target_session_attrs=read-write.",
    );
  }
  if (readOnly) {
    throw failed(
      "PermissionDenied",
      `PostgreSQL at ${endpoint} makes the sessions of this user read-only. ` +
        "Turn default_transaction_read_only off for the role, the database or the server.",
    );
  }
}

/** `pg_class.relkind` of what takes rows, and what to call the rest. */
const TABLE_KINDS = ["r", "p", "f", "v"];
const OTHER_KINDS: Readonly<Record<string, string>> = {
  i: "an index",
  I: "an index",
  S: "a sequence",
  c: "a composite type",
  m: "a materialized view",
  t: "a TOAST table",
};

function checkTable(rights: TableRights, where: Where): void {
  const { schema } = rights;
  const table = display(schema.name, where.plan.target.table);
  if (!TABLE_KINDS.includes(rights.kind)) {
    const kind = OTHER_KINDS[rights.kind] ?? "no table";
    throw failed(
      "TargetNotFound",
      `${table} at ${where.endpoint} is ${kind}, not a table. Check spec.postgres.table.`,
    );
  }
  if (!schema.mayUse) throw mayNot(where, "USAGE", `SCHEMA ${display(schema.name)}`);
  const lacking = [...(rights.mayInsert ? [] : ["INSERT"]), ...(rights.mayUpdate ? [] : ["UPDATE"])];
  if (lacking.length > 0) throw mayNot(where, lacking.join(", "), table);
  if (!rights.writable) throw passesNothingOn(rights, table, where);
  checkPolicies(rights, table, where);
}

function passesNothingOn({ kind }: TableRights, table: string, { endpoint }: Where): Error {
  const what = kind === "f" ? "foreign table" : "view";
  return failed(
    "PermissionDenied",
    `${table} at ${endpoint} is a ${what} that does not pass INSERT and UPDATE on. Name its table.`,
  );
}

function checkPolicies(
  { insertPolicy, updatePolicy }: TableRights,
  table: string,
  { endpoint, plan }: Where,
): void {
  const lacking = [...(insertPolicy ? [] : ["INSERT"]), ...(updatePolicy ? [] : ["UPDATE"])];
  if (lacking.length === 0) return;
  const user = display(plan.dsn.user);
  throw failed(
    "PermissionDenied",
    `${table} at ${endpoint} has row-level security, and no policy lets user ${user} ${lacking.join(" or ")}. ` +
      `Run CREATE POLICY … ON ${table} FOR ${lacking.length > 1 ? "ALL" : lacking[0]} TO ${user} …`,
  );
}

function checkMayCreate(schema: Rights["schema"], where: Where): void {
  if (!schema) {
    const { schema: named } = where.plan.target;
    throw named === undefined
      ? failed(
          "TargetNotFound",
          `The search_path of user ${quoted(where.plan.dsn.user)} holds no schema that it may use. Set spec.postgres.schema.`,
        )
      : failed(
          "TargetNotFound",
          `Database ${quoted(where.plan.dsn.database)} at ${where.endpoint} has no schema ${display(named)}. ` +
            "Create it, or check spec.postgres.schema.",
        );
  }
  const lacking = [...(schema.mayCreate ? [] : ["CREATE"]), ...(schema.mayUse ? [] : ["USAGE"])];
  if (lacking.length > 0) throw mayNot(where, lacking.join(", "), `SCHEMA ${display(schema.name)}`);
}

function noTable({ endpoint, plan }: Where): Error {
  const { schema, table } = plan.target;
  return failed(
    "TargetNotFound",
    `Database ${quoted(plan.dsn.database)} at ${endpoint} has no table ${display(schema, table)}. ` +
      "Create it, or set spec.provisioning.mode to ensure.",
  );
}

function mayNot({ endpoint, plan }: Where, rights: string, object: string): Error {
  const user = display(plan.dsn.user);
  return failed(
    "PermissionDenied",
    `User ${user} lacks ${rights} on ${object} at ${endpoint}. Run: GRANT ${rights} ON ${object} TO ${user};`,
  );
}

/** An identifier as SQL writes it, so that the message's GRANT can be copied. */
function display(...names: ReadonlyArray<string | undefined>): string {
  const quote = (name: string): string =>
    /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return quoted(
    names
      .filter((name) => name !== undefined)
      .map(quote)
      .join("."),
  );
}
