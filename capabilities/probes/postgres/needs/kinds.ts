import type { Catalog } from "./catalog";
import type { Details } from "./details";
import type { PostgresPlan } from "../plan";

/** `pg_class.relkind` of relations that are not tables, and their names in messages. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  i: "an index, not a table",
  I: "an index, not a table",
  S: "a sequence, not a table",
  c: "a composite type, not a table",
  m: "a materialized view, not a table",
  t: "a TOAST table, not a table of its own",
  f: "a foreign table, which has no unique index for ON CONFLICT",
};

/** The relation's kind if the exporter cannot write to it; undefined for a table and an updatable view. */
export function otherKind({ relation }: Catalog, { view }: Details, plan: PostgresPlan): string | undefined {
  const kind = relation?.kind ?? "";
  if (kind === "r" || kind === "p") return undefined;
  if (kind !== "v") return OTHER_KINDS[kind] ?? "no table";
  if (view?.isUpdatable !== true) return "a view that does not pass INSERT, UPDATE and DELETE on";
  return isVerified(plan)
    ? "a view, which the next release of Kollect does not take with provisioning.mode existing"
    : undefined;
}

/** Whether the exporter checks the kind of an existing table instead of creating a missing one. */
function isVerified({ exporter, target }: PostgresPlan): boolean {
  return exporter.version === "next" && target.provisioning === "existing";
}
