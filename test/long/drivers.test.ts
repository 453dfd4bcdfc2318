import { expect, it } from "vitest";
import { runNode } from "./run-node";

const WITHIN_MS = 2_400_000;

it("finds that the newest release of every driver works", { timeout: WITHIN_MS }, async () => {
  const output = await runNode({ args: ["--import", "tsx", "scripts/drivers.ts"], withinMs: WITHIN_MS });
  expect(output).toContain("Nothing breaks.");
});
