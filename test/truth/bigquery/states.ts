import { PROJECT } from "../../../lab/backends/bigquery";
import type { TruthRow } from "../../../lab/truth/row";
import { FULL, row, TABLE, type BigqueryServers } from "./server";

const tables = (items: object): { inventory: { location: string; tables: { items: typeof TABLE } } } => ({
  inventory: { location: "EU", tables: { items: { ...TABLE, ...items } } },
});
const HIDDEN = FULL.filter((right) => right !== "bigquery.datasets.get");
const BLIND = HIDDEN.filter((right) => right !== "bigquery.tables.get");

/** States of project, dataset and table. */
export const STATE_ROWS: readonly TruthRow<BigqueryServers>[] = [
  row("table-missing", "table missing, mode existing", {
    fact: "S",
    datasets: { inventory: { location: "EU", tables: {} } },
  }),
  row("table-other-case", "table under a name in other letters", { fact: "S", target: { table: "Items" } }),
  row("table-unicode", "table with letters beyond ASCII and a space", {
    fact: "S",
    target: { table: "Bestände 2026" },
    datasets: { inventory: { location: "EU", tables: { "Bestände 2026": TABLE } } },
  }),
  row("dataset-missing", "dataset missing, mode existing", { fact: "S", datasets: {} }),
  row("dataset-missing-ensure", "dataset missing, mode ensure", { fact: "S", mode: "ensure", datasets: {} }),
  row("dataset-missing-hidden", "dataset missing, without datasets.get", {
    fact: "S",
    rights: HIDDEN,
    datasets: {},
  }),
  row("dataset-missing-untold", "dataset missing, without datasets.get, mode ensure", {
    fact: "U",
    mode: "ensure",
    rights: HIDDEN,
    datasets: {},
  }),
  row("dataset-missing-blind", "dataset missing, without datasets.get and tables.get, mode ensure", {
    fact: "U",
    mode: "ensure",
    rights: BLIND,
    datasets: {},
  }),
  row("project-missing", "another project", { fact: "S", target: { project: "no-such-project" } }),
  row("project-missing-ensure", "another project, mode ensure", {
    fact: "S",
    mode: "ensure",
    target: { project: "no-such-project" },
  }),
  ...["VIEW", "MATERIALIZED_VIEW", "SNAPSHOT", "EXTERNAL"].flatMap((type) =>
    (["existing", "ensure"] as const).map((mode) =>
      row(`${type}-${mode}`, `a table of type ${type}, mode ${mode}`, {
        fact: "S",
        mode,
        datasets: tables({ type }),
      }),
    ),
  ),
  ...(["existing", "ensure"] as const).map((mode) =>
    row(`foreign-table-${mode}`, `a table of another application, mode ${mode}`, {
      fact: "S",
      mode,
      datasets: tables({ columns: ["id", "name"] }),
    }),
  ),
  row("no-columns", "a table without one of the clustering columns", {
    fact: "S",
    datasets: tables({ columns: TABLE.columns.filter((column) => column !== "cluster") }),
  }),
  row("more-columns", "a table with a further column", {
    fact: "S",
    datasets: tables({ columns: [...TABLE.columns, "owner"] }),
  }),
  row("location-unset", "no location", { fact: "S" }),
  row("location-right", "the dataset's location", { fact: "S", target: { location: "EU" } }),
  row("location-lower", "the dataset's location in lower case", { fact: "S", target: { location: "eu" } }),
  row("location-wrong", "another location", { fact: "S", target: { location: "US" } }),
  row("location-wrong-hidden", "another location, without datasets.get", {
    fact: "S",
    rights: HIDDEN,
    target: { location: "US" },
  }),
  row("location-wrong-ensure", "another location, mode ensure", {
    fact: "S",
    mode: "ensure",
    target: { location: "US" },
  }),
  row("location-none", "a location that does not exist", {
    fact: "S",
    target: { location: "atlantis-east1" },
  }),
  row("location-wrong-blind", "another location, without datasets.get and tables.get, mode ensure", {
    fact: "U",
    mode: "ensure",
    rights: BLIND,
    target: { location: "US" },
  }),
  row("project-names-itself", "the project by its own name", { fact: "S", target: { project: PROJECT } }),
];
