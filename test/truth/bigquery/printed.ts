import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TruthRow } from "../../../lab/truth/row";
import { row, TABLE, type BigqueryServers } from "./server";

const PAGE = fileURLToPath(new URL("../../../docs/sinks/bigquery.md", import.meta.url));

/** The permissions that the page prints in the columns of the two modes, with where they are granted. */
function printedRights(): Record<"existing" | "ensure", string[]> {
  const [, section = ""] = readFileSync(PAGE, "utf8").split("## Least rights");
  const lines =
    section
      .split("\n## ")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("| `bigquery.")) ?? [];
  const cells = lines.map((line) => line.split("|").map((cell) => cell.trim()));
  const of = (column: number): string[] =>
    cells.flatMap(([, name = "", ...modes]) => {
      const place = PLACES[modes[column] ?? ""];
      return place === undefined ? [] : [`${name.replaceAll("`", "")}${place}`];
    });
  return { existing: of(0), ensure: of(1) };
}

const PLACES: Readonly<Record<string, string>> = {
  project: "",
  dataset: "@inventory",
  table: "@inventory.items",
};
const STATES = { existing: { items: TABLE }, ensure: {} };

/** The least rights as printed, and without each of them. */
export const PRINTED_ROWS: readonly TruthRow<BigqueryServers>[] = Object.entries(printedRights()).flatMap(
  ([name, rights]) => {
    const mode = name as "existing" | "ensure";
    if (rights.length < 4) throw new Error(`docs/sinks/bigquery.md prints too few rights for mode ${mode}`);
    const datasets = { inventory: { location: "EU", tables: STATES[mode] } };
    const printed = `printed-${mode}`;
    return [
      row(printed, `the rights that the docs print for mode ${mode}`, { fact: "R", mode, rights, datasets }),
      ...rights.map((gone) => {
        const isAsked = mode === "existing" || gone === "bigquery.jobs.create";
        const left = rights.filter((right) => right !== gone);
        const parts = { fact: isAsked ? "R" : "U", mode, rights: left, datasets } as const;
        return row(`${printed}-without-${gone}`, `the same without ${gone}`, parts);
      }),
    ];
  },
);
