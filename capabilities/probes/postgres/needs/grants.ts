import { failed, type FailureError } from "../../../domain/failure";
import { quoted } from "../../messages";
import type { Catalog, Column } from "./catalog";
import { EXPORT_COLUMNS, UPDATED_COLUMNS } from "./columns";
import { sqlName } from "../identifiers";
import type { PostgresWhere } from "../words";

/** The user's missing rights on one object, as GRANT names both. */
interface Lacking {
  readonly rights: string;
  readonly object: string;
}

/** Missing rights on the table, by columns if only some are missing: a narrow role may have only column rights. */
export function lackingOnTable({ relation, columns }: Catalog, table: string): readonly Lacking[] {
  const among = (names: readonly string[], has: (column: Column) => boolean): readonly string[] =>
    columns.filter((column) => names.includes(column.name) && !has(column)).map(({ name }) => name);
  const rights = [
    right(
      "SELECT",
      among(EXPORT_COLUMNS, ({ maySelect }) => maySelect),
      EXPORT_COLUMNS,
    ),
    right(
      "INSERT",
      among(EXPORT_COLUMNS, ({ mayInsert }) => mayInsert),
      EXPORT_COLUMNS,
    ),
    right(
      "UPDATE",
      among(UPDATED_COLUMNS, ({ mayUpdate }) => mayUpdate),
      UPDATED_COLUMNS,
    ),
    ...(relation?.mayDelete === false ? ["DELETE"] : []),
  ].filter((each) => each !== "");
  return rights.length === 0 ? [] : [{ rights: rights.join(", "), object: `TABLE ${table}` }];
}

function right(name: string, missing: readonly string[], of: readonly string[]): string {
  if (missing.length === 0) return "";
  return missing.length === of.length ? name : `${name} (${missing.join(", ")})`;
}

/** USAGE, which every statement needs, and CREATE, which CREATE TABLE IF NOT EXISTS needs also for a table that exists. */
export function lackingOnSchema({ schema }: Catalog, name: string, creates: boolean): readonly Lacking[] {
  const rights = [
    ...(schema?.mayUse === false ? ["USAGE"] : []),
    ...(creates && schema?.mayCreate === false ? ["CREATE"] : []),
  ];
  return rights.length === 0 ? [] : [{ rights: rights.join(", "), object: `SCHEMA ${sqlName(name)}` }];
}

/** TEMPORARY, for the table through which the exporter writes 32 items and more. */
export function lackingOnDatabase({ session }: Catalog, { plan }: PostgresWhere): readonly Lacking[] {
  if (session.mayUseTemporary) return [];
  return [{ rights: "TEMPORARY", object: `DATABASE ${sqlName(plan.dsn.database)}` }];
}

/** Longest message that names all missing rights; beyond it, each test names one. */
const MAX_MESSAGE = 300;

/** The failure that names the rights to grant, and the database in which to run the commands. */
export function mayNot({ endpoint, plan }: PostgresWhere, lacking: readonly Lacking[]): FailureError {
  const user = sqlName(plan.dsn.user);
  const say = (some: readonly Lacking[]): string => {
    const what = some.map(({ rights, object }) => `${rights} on ${object}`).join("; ");
    const grants = some.map(({ rights, object }) => `GRANT ${rights} ON ${object} TO ${user};`).join(" ");
    return `User ${user} lacks ${what} at ${endpoint}. Run in database ${quoted(plan.dsn.database)}: ${grants}`;
  };
  const all = say(lacking);
  return failed("PermissionDenied", all.length <= MAX_MESSAGE ? all : shortest(lacking.slice(0, 1), say));
}

/** The message without the list of columns if it is too long: a right on the table covers them. */
function shortest(lacking: readonly Lacking[], say: (some: readonly Lacking[]) => string): string {
  const one = say(lacking);
  if (one.length <= MAX_MESSAGE) return one;
  return say(lacking.map((each) => ({ ...each, rights: each.rights.replaceAll(/ \([^()]*\)/g, "") })));
}
