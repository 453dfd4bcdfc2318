import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FUZZ_FACTOR, FUZZ_SEED } from "../test/fixtures/property";
import { testEnvironment } from "./test-environment";

const root = join(import.meta.dirname, "..");
const DEFAULT_FACTOR = "20";
/** The longest property takes minutes with a large factor. */
const TIMEOUT_MS = 3_600_000;

/** The tests that try properties. */
function propertyTests(): string[] {
  return ["test/unit", "test/security"]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => readFileSync(join(root, path), "utf8").includes("fast-check"));
}

/** Tries every property more often than the tests do, from a new seed or a given one. */
function main([
  factor = DEFAULT_FACTOR,
  seed = String(randomInt(2 ** 31)),
  ...args
]: readonly string[]): void {
  console.log(`Again with: npm run fuzz -- ${factor} ${seed}`);
  const vitest = [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--project",
    "unit",
    "--project",
    "checks",
  ];
  const { status, error } = spawnSync(
    process.execPath,
    [...vitest, `--testTimeout=${TIMEOUT_MS}`, ...propertyTests(), ...args],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...testEnvironment(process.env), [FUZZ_FACTOR]: factor, [FUZZ_SEED]: seed },
    },
  );
  if (error) throw error;
  process.exitCode = status ?? 1;
}

main(process.argv.slice(2));
