import type { Catalog } from "./catalog";
import { EXPORT_COLUMNS, KEY_COLUMNS } from "./columns";
import { sqlTexts } from "../identifiers";

/** Properties of the table behind a view. Each is null if the view is over several relations. */
export interface View {
  /** Whether INSERT, UPDATE and DELETE are passed on to a table, in every column that the exporter writes. */
  readonly isUpdatable: boolean;
  /** Whether that table has a plain unique index on the four key columns; null when their names there differ. */
  readonly hasKey: boolean | null;
  /** Whether that table can be written by the view's owner, or by the user for a view with security_invoker. */
  readonly mayWrite: boolean | null;
  /** Whether that table has a further column that is NOT NULL, and for which neither it nor the view has a default. */
  readonly hasRequired: boolean | null;
  /** Whether that table is partitioned and has no partition. */
  readonly lacksPartition: boolean | null;
}

/** Whether {@link viewQuestion} must be run. */
export function isView({ relation }: Catalog): boolean {
  return relation?.kind === "v";
}

/** Name in messages of the table that has the rows: the one behind the view, or the table itself. */
export function baseTable(view: View | undefined, table: string): string {
  return view ? `The table of view ${table}` : table;
}

/**
 * A view may be over a view; each link of the chain is checked with the rights of the view's owner. Column rights are
 * queried if the table's columns have the exporter's names.
 */
export function viewQuestion({ oid, major }: { readonly oid: string; readonly major: number }): string {
  const count = major >= 11 ? "i.indnkeyatts" : "i.indnatts";
  const identity = major >= 10 ? "attidentity = ''" : "true";
  return `
WITH RECURSIVE links (view, base) AS (
  SELECT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r ${DEPENDS} WHERE r.ev_class = ${oid} AND d.refobjid <> r.ev_class
  UNION SELECT r.ev_class, d.refobjid FROM links l JOIN pg_catalog.pg_rewrite r ON r.ev_class = l.base ${DEPENDS}
  WHERE d.refobjid <> r.ev_class),
base AS (
  SELECT c.oid, c.relkind FROM links l JOIN pg_catalog.pg_class c ON c.oid = l.base WHERE c.relkind <> 'v'
    AND (SELECT pg_catalog.count(*) = pg_catalog.count(DISTINCT view) FROM links)),
columns AS (
  SELECT a.* FROM base JOIN pg_catalog.pg_attribute a ON a.attrelid = base.oid WHERE a.attnum > 0 AND NOT a.attisdropped),
writers AS (
  SELECT l.base, CASE WHEN v.reloptions::pg_catalog.text ~ 'security_invoker=(true|on|yes|1)'
    THEN (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) ELSE v.relowner END AS role
  FROM links l JOIN pg_catalog.pg_class v ON v.oid = l.view),
keys AS (
  SELECT pg_catalog.array_agg(attnum ORDER BY attnum) AS numbers FROM columns WHERE attname IN (${sqlTexts(KEY_COLUMNS)})),
written AS (
  SELECT * FROM columns WHERE attname IN (${sqlTexts(EXPORT_COLUMNS)})
    AND (SELECT pg_catalog.count(*) FROM columns WHERE attname IN (${sqlTexts(EXPORT_COLUMNS)})) = ${EXPORT_COLUMNS.length})
SELECT pg_catalog.pg_relation_is_updatable(${oid}, false) & 28 = 28 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute WHERE attrelid = ${oid} AND attname IN (${sqlTexts(EXPORT_COLUMNS)})
      AND NOT pg_catalog.pg_column_is_updatable(${oid}, attnum, false)) AS "isUpdatable",
  (SELECT EXISTS (SELECT FROM pg_catalog.pg_index i, keys WHERE i.indrelid = base.oid AND i.indisunique AND i.indisvalid
      AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND keys.numbers = ARRAY (SELECT DISTINCT key FROM pg_catalog.unnest((i.indkey::pg_catalog.int2[])[0:${count} - 1]) AS u (key) ORDER BY key))
    FROM base, keys WHERE pg_catalog.cardinality(keys.numbers) = ${KEY_COLUMNS.length}) AS "hasKey",
  (SELECT pg_catalog.bool_and(pg_catalog.has_any_column_privilege(w.role, w.base, 'SELECT')
      AND pg_catalog.has_any_column_privilege(w.role, w.base, 'INSERT') AND pg_catalog.has_any_column_privilege(w.role, w.base, 'UPDATE')
      AND pg_catalog.has_table_privilege(w.role, w.base, 'DELETE')
      AND NOT EXISTS (SELECT FROM written c WHERE c.attrelid = w.base AND NOT (
        pg_catalog.has_column_privilege(w.role, w.base, c.attnum, 'SELECT') AND pg_catalog.has_column_privilege(w.role, w.base, c.attnum, 'INSERT')
        AND (c.attname IN (${sqlTexts(KEY_COLUMNS)}) OR pg_catalog.has_column_privilege(w.role, w.base, c.attnum, 'UPDATE')))))
    FROM writers w, base) AS "mayWrite",
  (SELECT EXISTS (SELECT FROM columns c JOIN pg_catalog.pg_type t ON t.oid = c.atttypid
      WHERE c.attnotnull AND NOT c.atthasdef AND c.${identity} AND t.typdefault IS NULL AND c.attname NOT IN (${sqlTexts(EXPORT_COLUMNS)})
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute v WHERE v.attrelid = ${oid} AND v.attname = c.attname AND v.atthasdef))
    FROM base WHERE EXISTS (SELECT FROM written)) AS "hasRequired",
  (SELECT base.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = base.oid) FROM base) AS "lacksPartition"`;
}

const DEPENDS = `JOIN pg_catalog.pg_depend d
  ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass`;
