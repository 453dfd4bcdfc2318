import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dsnUrl, postgresCase } from "../../../lab/backends/postgres";
import type { TruthCase, TruthRow } from "../../../lab/truth/row";
import type { Scene } from "./scene";

/** The SQL that the page prints, in its order. */
const page = readFileSync(join("docs", "sinks", "postgres.md"), "utf8");
const [forExisting = "", forEnsure = "", byColumns = "", forTable = ""] = [
  ...page.matchAll(/```sql\n(.*?)```/gs),
].map(([, sql = ""]) => sql);

const DATABASE = "inventory";
/** A new database, from which PUBLIC has nothing, so that each right is one that the page grants. */
const RESET = [
  `DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`,
  "DROP ROLE IF EXISTS kollect",
  `CREATE DATABASE ${DATABASE}`,
  `REVOKE ALL ON DATABASE ${DATABASE} FROM PUBLIC`,
];

function printed(id: string, about: string, mode: "existing" | "ensure", sql: string): TruthRow<Scene> {
  const setUp = async ({ plain }: Scene): Promise<TruthCase> => {
    for (const statement of RESET) await plain.sql(statement);
    await plain.sql(
      `REVOKE ALL ON SCHEMA public FROM PUBLIC; ${mode === "existing" ? forTable : ""} ${sql}`,
      DATABASE,
    );
    const dsn = dsnUrl({
      host: plain.host,
      port: plain.port,
      user: "kollect",
      password: "choose one",
      database: DATABASE,
    });
    const { sink } = postgresCase(dsn, { table: "inventory", provisioning: mode });
    return { sink, secrets: { "pg-dsn": { dsn } } };
  };
  return { id: `printed-${id}`, about, fact: "R", items: 32, setUp };
}

/** The statements with each single right removed, and which one that is. */
function less(sql: string): ReadonlyArray<readonly [right: string, sql: string]> {
  const grants = sql.match(/GRANT .*? TO kollect;/gs) ?? [];
  return grants.flatMap((grant) => {
    const [, rights = "", rest = ""] = /GRANT (.*?) (ON .*)/s.exec(grant) ?? [];
    // A comma within parentheses separates columns.
    const items = rights.split(/,\s+(?![^(]*\))/);
    return items.map((item): readonly [string, string] => {
      const left = items.filter((each) => each !== item).join(", ");
      return [item.split(" ")[0] ?? "", sql.replace(grant, left === "" ? "" : `GRANT ${left} ${rest}`)];
    });
  });
}

const narrow = forExisting.replace(/GRANT SELECT[^;]*;\n/, byColumns);

/** The least rights that the page prints: as printed, and with each single one removed. */
export const PRINTED: readonly TruthRow<Scene>[] = [
  printed("existing", "as printed for a table that exists", "existing", forExisting),
  printed("ensure", "as printed for a table that the exporter creates", "ensure", forEnsure),
  printed("columns", "as printed for single columns", "existing", narrow),
  ...less(forExisting).map(([right, sql]) =>
    printed(`existing-no-${right}`, `less ${right}`, "existing", sql),
  ),
  ...less(forEnsure).map(([right, sql]) => printed(`ensure-no-${right}`, `less ${right}`, "ensure", sql)),
  ...less(narrow)
    .slice(-4)
    .map(([right, sql]) => printed(`columns-no-${right}`, `columns, less ${right}`, "existing", sql)),
];
