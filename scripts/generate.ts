import { join } from "node:path";
import { generatedFiles } from "../generate/files";
import { staleFiles, writeStaleFiles } from "../generate/stale-files";
import { runMain } from "./run-main";

const root = join(import.meta.dirname, "..");

async function check(): Promise<void> {
  const stale = await staleFiles(root, await generatedFiles(root));
  if (stale.length === 0) return;
  process.exitCode = 1;
  console.error(
    `These files are stale:\n${stale.map((path) => `  ${path}\n`).join("")}Run: npm run generate`,
  );
}

async function write(): Promise<void> {
  const written = await writeStaleFiles(root, await generatedFiles(root));
  console.log(written.length === 0 ? "Nothing was stale." : `Written: ${written.join(", ")}`);
}

/** Writes the files that are made from the schemas; with `--check` only says which are stale, and fails. */
async function main(args: readonly string[]): Promise<void> {
  const unknown = args.filter((word) => word !== "--check");
  if (unknown.length > 0) throw new Error(`unknown argument ${unknown[0]}: there is only --check`);
  await (args.includes("--check") ? check() : write());
}

runMain(main);
