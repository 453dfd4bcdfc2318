import type { TruthRow } from "../../../lab/truth/row";
import { ENSURE, EXISTING, FULL, row, type BigqueryServers } from "./server";

const less = (rights: readonly string[], ...gone: readonly string[]): string[] =>
  rights.filter((right) => !gone.includes(right));
const at = (place: string, ...rights: readonly string[]): string[] =>
  rights.map((right) => `${right}@${place}`);

const JOBS = "bigquery.jobs.create";
const GET = "bigquery.tables.get";
const GET_DATA = "bigquery.tables.getData";
const UPDATE_DATA = "bigquery.tables.updateData";
const CREATE = "bigquery.tables.create";

/** Rights of Google's roles, as far as they matter here. Source: BigQuery IAM roles and permissions. */
const VIEWER = ["bigquery.datasets.get", GET, GET_DATA];
const EDITOR = [...VIEWER, UPDATE_DATA, CREATE];
const NO_TABLE = { inventory: { location: "EU", tables: {} } };

/** Mode existing, where each right can be asked for. */
const EXISTING_ROWS = [
  row("existing-full", "all rights, mode existing", { fact: "R" }),
  row("existing-least", "the four rights that mode existing needs", { fact: "R", rights: EXISTING }),
  ...EXISTING.map((right) =>
    row(`existing-no-${right}`, `without ${right}`, { fact: "R", rights: less(FULL, right) }),
  ),
  row("existing-no-datasets.get", "without datasets.get", {
    fact: "R",
    rights: less(FULL, "bigquery.datasets.get"),
  }),
  row("existing-no-create", "without tables.create", { fact: "R", rights: less(FULL, CREATE) }),
  row("existing-data-only", "jobs.create and the data of the table, nothing else", {
    fact: "R",
    rights: [JOBS, GET_DATA, UPDATE_DATA],
  }),
  row("existing-no-data", "jobs.create and tables.get", { fact: "R", rights: [JOBS, GET] }),
  row("existing-nothing", "no right at all", { fact: "R", rights: [] }),
  row("existing-on-table", "dataEditor on the table alone, jobUser on the project", {
    fact: "R",
    rights: [JOBS, ...at("inventory.items", ...EDITOR)],
  }),
  row("existing-on-other-table", "dataEditor on another table", {
    fact: "R",
    rights: [JOBS, ...at("inventory.other", ...EDITOR)],
  }),
  row("existing-on-dataset", "dataEditor on the dataset, jobUser on the project", {
    fact: "R",
    rights: [JOBS, ...at("inventory", ...EDITOR)],
  }),
  row("existing-on-other-dataset", "dataEditor on another dataset", {
    fact: "R",
    rights: [JOBS, ...at("other", ...EDITOR)],
  }),
  row("existing-jobs-on-dataset", "jobs.create where it has no effect", {
    fact: "R",
    rights: [...at("inventory", JOBS), ...EDITOR],
  }),
  row("existing-viewer", "dataViewer and jobUser", { fact: "R", rights: [JOBS, ...VIEWER] }),
  row("existing-editor-alone", "dataEditor without jobUser", { fact: "R", rights: EDITOR }),
];

/** Mode ensure, in which the right to create tables is used at each start and cannot be asked for. */
const ENSURE_ROWS = [
  row("ensure-full", "all rights, mode ensure, table there", { fact: "R", mode: "ensure" }),
  row("ensure-default", "all rights, mode unset, table there", { fact: "R", mode: "unset" }),
  row("ensure-least", "the four rights that mode ensure needs, table there", {
    fact: "R",
    mode: "ensure",
    rights: ENSURE,
  }),
  ...[JOBS, GET_DATA, UPDATE_DATA].map((right) =>
    row(`ensure-no-${right}`, `without ${right}, table there`, {
      fact: "R",
      mode: "ensure",
      rights: less(FULL, right),
    }),
  ),
  row("ensure-no-tables.get", "without tables.get, table there", {
    fact: "R",
    mode: "ensure",
    rights: less(FULL, GET),
  }),
  row("ensure-no-create", "without tables.create, table there", {
    fact: "U",
    mode: "ensure",
    rights: less(FULL, CREATE),
  }),
  row("ensure-on-table", "dataEditor on the table alone", {
    fact: "U",
    mode: "ensure",
    rights: [JOBS, ...at("inventory.items", ...EDITOR)],
  }),
  row("ensure-on-dataset", "dataEditor on the dataset", {
    fact: "R",
    mode: "ensure",
    rights: [JOBS, ...at("inventory", ...EDITOR)],
  }),
  row("ensure-hidden-closed", "table there, jobs.create alone", {
    fact: "U",
    mode: "ensure",
    rights: [JOBS],
  }),
  row("ensure-seen-closed", "table there, no right on its data", {
    fact: "R",
    mode: "ensure",
    rights: [JOBS, GET, CREATE],
  }),
  row("ensure-missing", "all rights, table missing", { fact: "R", mode: "ensure", datasets: NO_TABLE }),
  row("ensure-missing-least", "the rights that mode ensure needs, table missing", {
    fact: "R",
    mode: "ensure",
    datasets: NO_TABLE,
    rights: ENSURE,
  }),
  row("ensure-missing-on-dataset", "dataEditor on the dataset, table missing", {
    fact: "R",
    mode: "ensure",
    datasets: NO_TABLE,
    rights: [JOBS, ...at("inventory", ...EDITOR)],
  }),
  row("ensure-missing-no-jobs", "without jobs.create, table missing", {
    fact: "R",
    mode: "ensure",
    datasets: NO_TABLE,
    rights: less(FULL, JOBS),
  }),
  ...[CREATE, GET_DATA, UPDATE_DATA].map((right) =>
    row(`ensure-missing-no-${right}`, `without ${right}, table missing`, {
      fact: "U",
      mode: "ensure",
      datasets: NO_TABLE,
      rights: less(FULL, right),
    }),
  ),
];

export const RIGHTS_ROWS: readonly TruthRow<BigqueryServers>[] = [...EXISTING_ROWS, ...ENSURE_ROWS];
