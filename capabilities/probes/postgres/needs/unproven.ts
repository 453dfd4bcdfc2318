import type { Need, UnprovenKind } from "../../../api/vocabulary";
import type { Recorder } from "../../probe";
import { isKey } from "./authorize";
import type { Catalog, Index } from "./catalog";
import { EXPORT_COLUMNS, takesValues } from "./columns";
import type { Details } from "./details";
import type { PostgresPlan } from "../plan";

interface Doubt {
  readonly need: Need;
  readonly kind: UnprovenKind;
  readonly why: string;
  readonly holds: (catalog: Catalog, details: Details) => boolean;
}

/** Findings in the catalog whose effect only a write shows. */
const DOUBTS: readonly Doubt[] = [
  doubt("postgres:ColumnTypes", "a column has a type that takes some values and not others", ({ columns }) =>
    columns.some((column) => EXPORT_COLUMNS.includes(column.name) && takesValues(column) === "perhaps"),
  ),
  doubt(
    "postgres:Constraints",
    "the table has CHECK constraints",
    ({ relation }) => relation?.hasChecks === true,
  ),
  doubt("postgres:Constraints", "the table has further unique or exclusion constraints", ({ indexes }) =>
    indexes.some(isFurther),
  ),
  doubt("postgres:Constraints", "the table has foreign keys, or others to it", (_, { triggers }) =>
    Boolean(triggers?.foreignKeys),
  ),
  doubt("postgres:Constraints", "the table is a partition of another one", ({ relation }) =>
    Boolean(relation?.isPartition),
  ),
  doubt(
    "postgres:Constraints",
    "the table has no partition for every row",
    (_, { partitions }) => partitions?.all === false,
  ),
  doubt(
    "postgres:Constraints",
    "the view's table has its own rights, index and constraints",
    ({ relation }) => relation?.kind === "v",
  ),
  doubt("postgres:Constraints", "a further column has a type with constraints", (_, { domains }) =>
    Boolean(domains?.isChecked),
  ),
  doubt("postgres:Constraints", "the table, or a partition, is in a publication", (_, { publication }) =>
    Boolean(publication?.mayRefuse),
  ),
  doubt("postgres:Triggers", "an event trigger runs when a table is created", ({ session }) =>
    Boolean(session.hasEventTriggers),
  ),
  doubt("postgres:Triggers", "the table has triggers", (_, { triggers }) => Boolean(triggers?.own)),
  doubt("postgres:Triggers", "the table has a rule on DELETE", (_, { rules }) => Boolean(rules?.onDelete)),
  doubt(
    "postgres:RowSecurity",
    "policies of row-level security decide on each row",
    (_, { policies }) => policies !== undefined,
  ),
];

function doubt(need: Need, why: string, holds: Doubt["holds"]): Doubt {
  return { need, kind: "OnlyAWriteTells", why, holds };
}

/** Whether an index other than the one for ON CONFLICT refuses rows. */
function isFurther(index: Index): boolean {
  return (index.isUnique || index.isExclusion) && !isKey(index);
}

/** Notes unproven needs of a table that meets all others. */
export function noteDoubts(catalog: Catalog, details: Details, recorder: Recorder): void {
  for (const { need, kind, why, holds } of DOUBTS) {
    if (holds(catalog, details)) recorder.unproven(need, kind, why);
  }
}

/** Needs that stay unproven because of files in the connection string, by parameter. */
const FILES: Readonly<Record<PostgresPlan["dsn"]["files"][number], readonly [Need, string]>> = {
  sslrootcert: [
    "postgres:ServerIdentity",
    "sslrootcert names a file in the exporter's pod, which the operator cannot read",
  ],
  sslcert: [
    "postgres:ClientCertificate",
    "sslcert names a file in the exporter's pod, which the operator cannot read",
  ],
};

/** Notes needs that depend on files in the exporter's pod; the authority in `spec.tls` replaces `sslrootcert`. */
export function noteFiles({ dsn, tls }: PostgresPlan, recorder: Recorder): void {
  for (const file of dsn.files) {
    if (file === "sslrootcert" && tls.trust.ca !== undefined) continue;
    const [need, why] = FILES[file];
    // pgx opens the authority's file even if it does not use it.
    if (file === "sslrootcert" || tls.mode !== "disable") recorder.unproven(need, "NotAnswered", why);
  }
}
