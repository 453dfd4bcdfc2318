import type { TruthRow } from "../../../lab/truth/row";
import { EXISTING, FULL, row, type BigqueryServers } from "./server";

/** Rows that are about `spec.tls`, which 0.18 ignores: its pod does not trust the authority of the stand-in. */
export const TLS_ROWS: readonly TruthRow<BigqueryServers>[] = [
  row("tls-bundle", "private CA, caBundle", { fact: "C" }),
  row("tls-secret", "private CA, caSecretRef", {
    fact: "C",
    spec: () => ({ tls: { caSecretRef: { name: "ca" } } }),
    secrets: ({ authority }) => ({ ca: { "ca.crt": authority.cert } }),
  }),
  row("tls-insecure", "private CA, insecureSkipVerify", {
    fact: "C",
    spec: () => ({ tls: { insecureSkipVerify: true } }),
  }),
  row("tls-none", "private CA, no spec.tls", { fact: "C", spec: () => ({ tls: {} }) }),
  row("tls-no-rights", "private CA, caBundle, no right", { fact: "C", rights: [] }),
];

/** 0.18 as it is: without credentials in its requests. */
export const ANONYMOUS_ROWS: readonly TruthRow<BigqueryServers>[] = [
  row("anonymous", "a working set", { fact: "C" }),
  row("anonymous-ensure", "a working set, mode ensure", { fact: "C", mode: "ensure" }),
  row("anonymous-no-jobs", "without jobs.create", {
    fact: "C",
    rights: FULL.filter((right) => right !== EXISTING[0]),
  }),
];

/** With `BIGQUERY_EMULATOR_HOST` at both; the endpoint and the Secret of the sink have no effect. */
export const EMULATOR_ROWS: readonly TruthRow<BigqueryServers>[] = [
  row("emulator", "table there, mode existing", { fact: "S" }),
  row("emulator-ensure", "table missing, mode ensure", {
    fact: "S",
    mode: "ensure",
    datasets: { inventory: { location: "EU", tables: {} } },
  }),
  row("emulator-no-secret", "no Secret", { fact: "C", keys: null }),
  row("emulator-table-missing", "table missing, mode existing", {
    fact: "S",
    datasets: { inventory: { location: "EU", tables: {} } },
  }),
  row("emulator-dataset-missing", "dataset missing", { fact: "S", mode: "ensure", datasets: {} }),
  row("emulator-secret-dangling", "the Secret does not exist", {
    fact: "C",
    target: { secretRef: { name: "nope" } },
  }),
];
