import { expect, it } from "vitest";
import { runNode } from "./run-node";

/** How many times as often as in `npm test` each property is tried; it fits the time below on two cores. */
const FACTOR = "10";
const WITHIN_MS = 1_500_000;

it(
  `finds nothing when every property is tried ${FACTOR} times as often`,
  { timeout: WITHIN_MS },
  async () => {
    const args = ["--import", "tsx", "scripts/fuzz.ts", FACTOR];
    const output = await runNode({ args, withinMs: WITHIN_MS });
    expect(output).toMatch(/Tests\s+\d+ passed/);
  },
);
