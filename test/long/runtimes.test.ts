import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { engines } from "../../package.json";
import { NODE_VERSIONS, nodeFolder } from "../../lab/servers/tools/node";
import { runNode } from "./run-node";

const VITEST = "node_modules/vitest/vitest.mjs";
const UNIT_WITHIN_MS = 900_000;
const E2E_WITHIN_MS = 600_000;

it("tries every line that package.json calls supported", () => {
  const named = engines.node.split("||").map((range) => /\d+/.exec(range)?.[0]);
  expect(named).toEqual(NODE_VERSIONS.map((version) => version.split(".")[0]));
});

describe.each(NODE_VERSIONS)("Node.js %s", (version) => {
  it("passes the unit tests", { timeout: UNIT_WITHIN_MS }, async () => {
    const args = [VITEST, "run", "--project", "unit", "--reporter", "dot"];
    const output = await runNode({ args, folder: await nodeFolder(version), withinMs: UNIT_WITHIN_MS });
    expect(output).toMatch(/Tests\s+\d+ passed/);
  });

  it("runs the operator from end to end", { timeout: E2E_WITHIN_MS }, async () => {
    const args = [VITEST, "run", "--project", "e2e", "--reporter", "dot", "test/e2e/trust.test.ts"];
    const output = await runNode({ args, folder: await nodeFolder(version), withinMs: E2E_WITHIN_MS });
    expect(output).toMatch(/Tests\s+\d+ passed/);
  });

  it("is new enough for every package that is installed", async () => {
    const args = [npmProgram(), "ci", "--dry-run", "--offline", "--ignore-scripts"];
    const output = await runNode({ args, folder: await nodeFolder(version), withinMs: 60_000 });
    expect(output).not.toContain("EBADENGINE");
  });
});

/** The file that `npm` on the PATH stands for, to be run by another Node.js. */
function npmProgram(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders.map((folder) => join(folder, "npm")).find((file) => existsSync(file));
  return realpathSync(found ?? "npm");
}
