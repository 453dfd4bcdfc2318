import { expect, it } from "vitest";
import { runNode } from "./run-node";

const WITHIN_MS = 3_600_000;

it("finds that the unit tests notice enough changes", { timeout: WITHIN_MS }, async () => {
  const stryker = "node_modules/@stryker-mutator/core/bin/stryker.js";
  // It ends with another exit code when fewer are killed than `thresholds.break` of stryker.config.mjs asks for.
  const output = await runNode({ args: [stryker, "run"], withinMs: WITHIN_MS });
  expect(output).toMatch(/Final mutation score of \d+\.\d+ is greater than or equal to break threshold/);
});
