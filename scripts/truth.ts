import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { accuracyOf, readResults, total, type TypeAccuracy } from "../lab/truth/matrix";
import { TRUTH_RESULTS } from "../lab/truth/record";
import { runMain } from "./run-main";

const USAGE = `Usage: npm run truth [-- --only TYPE,…] [--write]

Runs the truth tables: for each row a real server is brought into a state, a sink is probed with default settings and
with KOLLECT_EXPORTER_STRICT, and the exporter's own operations are performed on it. Prints how verdict and outcome
compare for each type, and writes every row to dist/truth/TYPE.jsonl.

  --only TYPE,…  only the tables of these types
  --write        write the figures to docs/accuracy.md
  --help         print this`;

const root = join(import.meta.dirname, "..");
const RESULTS = join(root, "dist/truth");
const PAGE = join(root, "docs/accuracy.md");
const TABLE = /(<!-- accuracy -->)[\s\S]*?(<!-- \/accuracy -->)/;

const HEAD = ["Type", "Rows", "Agree", "False green", "False red", "Askable rows that agree", "By default"];

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: { only: { type: "string" }, write: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(USAGE);
  rmSync(RESULTS, { recursive: true, force: true });
  mkdirSync(RESULTS, { recursive: true });
  const tables = values.only?.split(",").map((type) => `test/truth/${type}`) ?? ["test/truth"];
  const { status, error } = spawnSync(
    process.execPath,
    ["--import", "tsx", join(root, "scripts/test.ts"), "--project", "servers", ...tables],
    { cwd: root, env: { ...process.env, [TRUTH_RESULTS]: RESULTS }, stdio: "inherit" },
  );
  if (error) throw error;
  const found = [...readResults(RESULTS)].map(([type, results]) => accuracyOf(type, results));
  const lines = markdown(found);
  console.log(lines.join("\n"));
  if (values.write) await fill(lines);
  process.exitCode = status ?? 1;
}

function markdown(types: readonly TypeAccuracy[]): string[] {
  const rows = [...types.map((type) => row(type.type, type)), row("all", total(types))];
  return [line(HEAD), line(HEAD.map(() => "-")), ...rows];
}

function row(name: string, figures: Omit<TypeAccuracy, "type">): string {
  const { rows, agree, falseGreen, unproven, falseRed, askable, askableAgree, explained } = figures;
  return line([
    name,
    String(rows),
    String(agree),
    falseGreen === 0 ? "0" : `${falseGreen} (${unproven} say what is not proven)`,
    String(falseRed),
    `${askableAgree} of ${askable}`,
    explained === 0 ? "the same" : `${explained} differ, each with its limitation or unproven need`,
  ]);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

async function fill(lines: readonly string[]): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  if (!TABLE.test(page))
    throw new Error(`${PAGE} has no place for the table: <!-- accuracy --> and <!-- /accuracy -->`);
  const filled = page.replace(TABLE, `$1\n\n${lines.join("\n")}\n\n$2`);
  await writeFile(PAGE, await format(filled, { ...(await resolveConfig(PAGE)), parser: "markdown" }));
}

runMain(main);
