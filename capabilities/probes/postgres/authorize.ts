import { failed } from "../../domain/failure";
import { quoted } from "../messages";
import type { Rights } from "./rights";
import type { Session } from "./session";

/** Throws `FailureError` when the rights do not cover what the sink needs. */
export function checkRights(rights: Rights, { where }: Pick<Session, "where">): void {
  checkWritable(rights, where.endpoint);
  if (rights.kind !== null) checkTable(rights, where);
  else if (where.plan.target.provisioning === "existing") throw noTable(where);
  else checkMayCreate(rights, where);
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

function checkTable(rights: Rights, where: Where): void {
  const table = display(rights.tableSchema, where.plan.target.table);
  if (!TABLE_KINDS.includes(rights.kind ?? "")) {
    const kind = OTHER_KINDS[rights.kind ?? ""] ?? "no table";
    throw failed(
      "TargetNotFound",
      `${table} at ${where.endpoint} is ${kind}, not a table. Check spec.postgres.table.`,
    );
  }
  if (rights.mayUseTableSchema === false)
    throw mayNot(where, "USAGE", `SCHEMA ${display(rights.tableSchema)}`);
  const lacking = [...(rights.mayInsert ? [] : ["INSERT"]), ...(rights.mayUpdate ? [] : ["UPDATE"])];
  if (lacking.length > 0) throw mayNot(where, lacking.join(", "), table);
  if (rights.writable === false) throw passesNothingOn(rights, table, where);
  checkPolicies(rights, table, where);
}

function passesNothingOn({ kind }: Rights, table: string, { endpoint }: Where): Error {
  const what = kind === "f" ? "foreign table" : "view";
  return failed(
    "PermissionDenied",
    `${table} at ${endpoint} is a ${what} that does not pass INSERT and UPDATE on. Name its table.`,
  );
}

function checkPolicies(
  { insertPolicy, updatePolicy }: Rights,
  table: string,
  { endpoint, plan }: Where,
): void {
  const lacking = [
    ...(insertPolicy === false ? ["INSERT"] : []),
    ...(updatePolicy === false ? ["UPDATE"] : []),
  ];
  if (lacking.length === 0) return;
  const user = display(plan.dsn.user);
  throw failed(
    "PermissionDenied",
    `${table} at ${endpoint} has row-level security, and no policy lets user ${user} ${lacking.join(" or ")}. ` +
      `Run CREATE POLICY … ON ${table} FOR ${lacking.length > 1 ? "ALL" : lacking[0]} TO ${user} …`,
  );
}

function checkMayCreate(rights: Rights, where: Where): void {
  const { schema } = where.plan.target;
  if (rights.schema === null) {
    throw schema === undefined
      ? failed(
          "TargetNotFound",
          `The search_path of user ${quoted(where.plan.dsn.user)} holds no schema that it may use. Set spec.postgres.schema.`,
        )
      : failed(
          "TargetNotFound",
          `Database ${quoted(where.plan.dsn.database)} at ${where.endpoint} has no schema ${display(schema)}. ` +
            "Create it, or check spec.postgres.schema.",
        );
  }
  const lacking = [...(rights.mayCreate ? [] : ["CREATE"]), ...(rights.mayUseSchema ? [] : ["USAGE"])];
  if (lacking.length > 0) throw mayNot(where, lacking.join(", "), `SCHEMA ${display(rights.schema)}`);
}

function noTable({ endpoint, plan }: Where): Error {
  const { schema, table } = plan.target;
  return failed(
    "TargetNotFound",
    `Database ${quoted(plan.dsn.database)} at ${endpoint} has no table ${display(schema ?? null, table)}. ` +
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
function display(...names: ReadonlyArray<string | null>): string {
  const quote = (name: string): string =>
    /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
  return quoted(
    names
      .filter((name) => name !== null)
      .map(quote)
      .join("."),
  );
}
