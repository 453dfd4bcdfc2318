import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { measureBundle, type PartSize } from "../lab/bundle/sizes";
import { bundleModule, FRAMEWORK_LIMIT_BYTES } from "../lab/bundle/module";
import { ROOT } from "../lab/stage";
import { runMain } from "./run-main";

const PAGE = join(ROOT, "docs/bundle.md");
const TABLE = /(<!-- sizes -->)[\s\S]*?(<!-- \/sizes -->)/;

/** Measures what each probe adds to the module, and writes the table of docs/bundle.md. */
async function main(): Promise<void> {
  const { parts, rest, total } = await measureBundle(await bundleModule());
  const rows = [
    ...parts.map(row),
    row({ ...rest, part: "everything else" }),
    row({ ...total, packages: [], part: "**all**" }),
  ];
  const head =
    "| Probe | Packages | Minified, kB | In the Secret, kB | Of the limit |\n| - | - | -: | -: | -: |";
  const page = await readFile(PAGE, "utf8");
  if (!TABLE.test(page))
    throw new Error(`${PAGE} has no place for the table: <!-- sizes --> and <!-- /sizes -->`);
  const filled = page.replace(TABLE, `$1\n\n${[head, ...rows].join("\n")}\n\n$2`);
  await writeFile(PAGE, await format(filled, { ...(await resolveConfig(PAGE)), parser: "markdown" }));
}

function row({ part, packages, bytes, secretBytes }: PartSize): string {
  const share = ((100 * secretBytes) / FRAMEWORK_LIMIT_BYTES).toFixed(1);
  const names = packages.map((name) => `\`${name}\``).join(", ");
  return `| ${[part, names, kB(bytes), kB(secretBytes), `${share} %`].join(" | ")} |`;
}

function kB(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}

runMain(main);
