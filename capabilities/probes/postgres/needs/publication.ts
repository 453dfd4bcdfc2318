import type { Catalog } from "./catalog";

/** Whether the server refuses to change rows of the table because a publication could not identify them. */
export interface Publication {
  /** Of the table, or of each of its partitions. */
  readonly refuses: boolean;
  /** For some partitions, or if a publication has both a filter and a list of columns, whose needs are not known. */
  readonly mayRefuse: boolean;
}

/** Whether {@link publicationQuestion} must be run. */
export function mayBePublished({ session, relation }: Catalog): boolean {
  return session.hasPublications && (relation?.kind === "r" || relation?.kind === "p");
}

/**
 * Publications of updates or deletes need a replica identity: the primary key, another index or whole rows. A row
 * filter may use no column outside it, and a list of columns must include it. Source: `CheckCmdReplicaIdentity` and
 * `RelationBuildPublicationDesc` of PostgreSQL.
 */
export function publicationQuestion({
  oid,
  major,
}: {
  readonly oid: string;
  readonly major: number;
}): string {
  const count = major >= 11 ? "i.indnkeyatts" : "i.indnatts";
  const ofSchemas =
    major >= 15
      ? `OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n JOIN family f ON f.leaf = l.oid
        JOIN pg_catalog.pg_class c ON c.oid = f.member WHERE n.pnpubid = p.oid AND n.pnnspid = c.relnamespace)`
      : "";
  const filters =
    major >= 15 ? FILTERS : "SELECT NULL::pg_catalog.oid AS leaf, false AS closed, false AS open WHERE false";
  return `
WITH RECURSIVE parts (oid) AS (
  SELECT ${oid}::pg_catalog.oid UNION SELECT i.inhrelid FROM parts JOIN pg_catalog.pg_inherits i ON i.inhparent = parts.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relispartition),
leaves AS (
  SELECT c.oid, c.relreplident FROM parts JOIN pg_catalog.pg_class c ON c.oid = parts.oid WHERE c.relkind = 'r' AND c.relpersistence = 'p'),
family (leaf, member) AS (
  SELECT oid, oid FROM leaves UNION SELECT f.leaf, i.inhparent FROM family f JOIN pg_catalog.pg_inherits i ON i.inhrelid = f.member
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relispartition),
identities AS (
  SELECT l.oid, (i.indkey::pg_catalog.int2[])[0:${count} - 1] AS columns FROM leaves l JOIN pg_catalog.pg_index i ON i.indrelid = l.oid
  WHERE i.indisvalid AND CASE l.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate WHEN 'i' THEN i.indisreplident ELSE false END),
published AS (
  SELECT l.oid, p.oid AS publication FROM leaves l, pg_catalog.pg_publication p WHERE (p.pubupdate OR p.pubdelete) AND (p.puballtables
    OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r JOIN family f ON f.member = r.prrelid WHERE r.prpubid = p.oid AND f.leaf = l.oid)
    ${ofSchemas})),
filters AS (${filters}),
judged AS (
  SELECT l.oid, EXISTS (SELECT FROM published p WHERE p.oid = l.oid)
      AND l.relreplident <> 'f' AND NOT EXISTS (SELECT FROM identities i WHERE i.oid = l.oid)
    OR EXISTS (SELECT FROM filters f WHERE f.leaf = l.oid AND f.closed) AS refuses,
    EXISTS (SELECT FROM filters f WHERE f.leaf = l.oid AND f.open) AS open
  FROM leaves l)
SELECT COALESCE(pg_catalog.bool_and(refuses), false) AS "refuses", COALESCE(pg_catalog.bool_or(refuses OR open), false) AS "mayRefuse" FROM judged`;
}

const FILTERS = `SELECT l.oid AS leaf,
    (r.prattrs IS NOT NULL AND (l.relreplident = 'f' OR NOT r.prattrs::pg_catalog.int2[] @> COALESCE(i.columns, '{}')))
    OR (r.prqual IS NOT NULL AND r.prattrs IS NULL AND l.relreplident <> 'f' AND EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass AND d.objid = r.oid AND d.refobjid = r.prrelid
      AND d.refobjsubid <> 0 AND NOT d.refobjsubid = ANY (COALESCE(i.columns, '{}')))) AS closed,
    r.prqual IS NOT NULL AND r.prattrs IS NOT NULL AS open
  FROM leaves l JOIN published p ON p.oid = l.oid JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.publication AND r.prrelid = l.oid
  LEFT JOIN identities i ON i.oid = l.oid`;
