import { failed, type FailureError } from "../../../domain/failure";
import { quoted } from "../../messages";
import type { Catalog, Index, SessionFacts } from "./catalog";
import { declaredType, EXPORT_COLUMNS, FIRST_USER_TYPE, KEY_COLUMNS, takesValues } from "./columns";
import type { Details } from "./details";
import { lackingOnDatabase, lackingOnSchema, lackingOnTable, mayNot } from "./grants";
import { sqlName } from "../identifiers";
import { otherKind } from "./kinds";
import { checkRows } from "./rows";
import { baseTable } from "./view";
import type { PostgresWhere } from "../words";

/** Throws `FailureError` when the server's answers do not cover the needs of every export. */
export function checkNeeds(catalog: Catalog, details: Details, where: PostgresWhere): void {
  checkWritable(catalog.session, where.endpoint);
  if (!catalog.schema) throw noSchema(where);
  if (catalog.relation) checkTable(catalog, details, where);
  else checkMayCreate(catalog, details, where);
}

function checkWritable({ standby, readOnly }: SessionFacts, endpoint: string): void {
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

function checkTable(catalog: Catalog, details: Details, where: PostgresWhere): void {
  const { schema, table, provisioning } = where.plan.target;
  const name = sqlName(schema, table);
  const kind = otherKind(catalog, details, where.plan);
  if (kind)
    throw failed(
      "TargetNotFound",
      `${name} at ${where.endpoint} is ${kind}. Name a table in spec.postgres.table.`,
    );
  const inSchema = lackingOnSchema(catalog, schema, provisioning === "ensure");
  checkColumns(catalog, details, name, where);
  const lacking = [...inSchema, ...lackingOnTable(catalog, name), ...lackingOnDatabase(catalog, where)];
  if (lacking.length > 0) throw mayNot(where, lacking);
  checkKey(catalog, details, name, where);
  checkRows(catalog, details, name, where);
  if (details.view?.mayWrite === false) throw closedBase(name, where);
  if (details.defaults?.lacksSequence) throw noSequence(name, where);
  if (details.functions?.lacksExecute) throw noFunction(name, where);
}

function closedBase(view: string, { endpoint }: PostgresWhere): FailureError {
  return failed(
    "PermissionDenied",
    `View ${view} at ${endpoint} may not write to its table: its owner, or the user where it has security_invoker, ` +
      "lacks SELECT, INSERT, UPDATE or DELETE there. Grant them on that table.",
  );
}

function noSequence(table: string, { endpoint, plan }: PostgresWhere): FailureError {
  return failed(
    "PermissionDenied",
    `User ${sqlName(plan.dsn.user)} may not use the sequence behind a column's default of ${table} at ${endpoint}. ` +
      "Grant USAGE on that sequence, which pg_get_serial_sequence names.",
  );
}

function noFunction(table: string, { endpoint, plan }: PostgresWhere): FailureError {
  return failed(
    "PermissionDenied",
    `User ${sqlName(plan.dsn.user)} may not run a function that a default, a generated column, a constraint or an index of ` +
      `${table} at ${endpoint} calls. Grant EXECUTE on that function.`,
  );
}

function checkColumns(
  { columns }: Catalog,
  details: Details,
  table: string,
  { endpoint }: PostgresWhere,
): void {
  const missing = EXPORT_COLUMNS.find((name) => !columns.some((column) => column.name === name));
  if (missing !== undefined) {
    throw failed(
      "TargetNotFound",
      `${table} at ${endpoint} has no column ${missing}, so it is not the exporter's table. ` +
        "Name another one in spec.postgres.table, or add the column.",
    );
  }
  const unfit = columns.find(
    (column) => EXPORT_COLUMNS.includes(column.name) && takesValues(column) === "no",
  );
  if (unfit) {
    throw failed(
      "TargetNotFound",
      `Column ${unfit.name} of ${table} at ${endpoint} does not take the exporter's values. ` +
        `Run: ALTER TABLE ${table} ALTER COLUMN ${unfit.name} TYPE ${declaredType(unfit.name)};`,
    );
  }
  const generated = columns.find(({ name, isGenerated }) => EXPORT_COLUMNS.includes(name) && isGenerated);
  if (generated) {
    throw failed(
      "TargetNotFound",
      `Column ${generated.name} of ${table} at ${endpoint} is generated, and the exporter writes it. ` +
        `Run: ALTER TABLE ${table} ALTER COLUMN ${generated.name} DROP EXPRESSION;`,
    );
  }
  // Its name is not shown, because a server that knows the password could have put it there.
  const isRequired = columns.some(
    (column) => !EXPORT_COLUMNS.includes(column.name) && column.isRequired && column.type < FIRST_USER_TYPE,
  );
  if (isRequired || details.domains?.isRequired || details.view?.hasRequired) {
    throw failed(
      "TargetNotFound",
      `${baseTable(details.view, table)} at ${endpoint} has a column that is NOT NULL without a default, and that the exporter ` +
        "does not write. Give it a default, or let it be NULL.",
    );
  }
}

/** Whether ON CONFLICT on the key columns finds an index, and can use it. */
function checkKey({ indexes }: Catalog, { view }: Details, table: string, { endpoint }: PostgresWhere): void {
  const keys = KEY_COLUMNS.join(", ");
  const found = indexes.filter(isKey);
  const isMissing = view ? view.hasKey === false : found.length === 0;
  if (isMissing) {
    throw failed(
      "TargetNotFound",
      `${baseTable(view, table)} at ${endpoint} has no plain unique index on exactly the exporter's key columns. ` +
        `Run: CREATE UNIQUE INDEX ON ${view ? "that table" : table} (${keys});`,
    );
  }
  if (found.some(({ isImmediate }) => !isImmediate)) {
    throw failed(
      "TargetNotFound",
      `The key of ${table} at ${endpoint} is DEFERRABLE, which ON CONFLICT cannot use. ` +
        `Drop the constraint, and run: CREATE UNIQUE INDEX ON ${table} (${keys});`,
    );
  }
}

export function isKey({ columns, isUnique, isPlain }: Index): boolean {
  const named = new Set(columns);
  const isExact = named.size === KEY_COLUMNS.length && KEY_COLUMNS.every((name) => named.has(name));
  return isUnique && isPlain && isExact;
}

function checkMayCreate(catalog: Catalog, { typeTaken }: Details, where: PostgresWhere): void {
  const { schema, table, provisioning } = where.plan.target;
  if (provisioning === "existing") throw noTable(where);
  if (typeTaken) {
    throw failed(
      "TargetNotFound",
      `A type is named ${sqlName(schema, table)} at ${where.endpoint}, so no table can have that name. ` +
        "Choose another one in spec.postgres.table.",
    );
  }
  const lacking = [...lackingOnSchema(catalog, schema, true), ...lackingOnDatabase(catalog, where)];
  if (lacking.length === 0) return;
  throw table.includes(".") ? qualifiedName(where) : mayNot(where, lacking);
}

/** The failure for a name with a dot, probably schema and table; a GRANT on the wrong schema would do harm. */
function qualifiedName({ endpoint, plan }: PostgresWhere): FailureError {
  const { schema, table } = plan.target;
  const [first = "", ...rest] = table.split(".");
  return failed(
    "PermissionDenied",
    `User ${sqlName(plan.dsn.user)} may not create table ${sqlName(schema, table)} at ${endpoint}. ` +
      `If table ${sqlName(rest.join("."))} of schema ${sqlName(first)} is meant, write them into spec.postgres.table and spec.postgres.schema.`,
  );
}

function noSchema({ endpoint, plan }: PostgresWhere): FailureError {
  const schema = sqlName(plan.target.schema);
  return failed(
    "TargetNotFound",
    `Database ${quoted(plan.dsn.database)} at ${endpoint} has no schema ${schema}. ` +
      `Check spec.postgres.schema, or run in that database: CREATE SCHEMA ${schema};`,
  );
}

function noTable({ endpoint, plan }: PostgresWhere): FailureError {
  const { schema, table } = plan.target;
  const hint = table.includes(".") ? "Write the schema into spec.postgres.schema." : "";
  return failed(
    "TargetNotFound",
    `Database ${quoted(plan.dsn.database)} at ${endpoint} has no table ${sqlName(schema, table)}. ` +
      (hint || "Create it, or set spec.provisioning.mode to ensure."),
  );
}
