import { expect } from "vitest";
import { PHASES, type PhaseName } from "../../capabilities/api/vocabulary";

interface SeenPhase {
  readonly name: PhaseName;
  readonly result: string;
}

/** Checks what holds for the phases of every attempt: they are in the API's order, and nothing passes after a failure. */
export function expectInOrder(phases: readonly SeenPhase[]): void {
  const positions = phases.map(({ name }) => PHASES.indexOf(name));
  expect(positions, "phases are in order").toEqual([...new Set(positions)].sort((one, other) => one - other));
  const failedAt = phases.findIndex(({ result }) => result === "Failed");
  const after = failedAt < 0 ? [] : phases.slice(failedAt + 1);
  expect(
    after.filter(({ result }) => result !== "Skipped"),
    "nothing runs after a failure",
  ).toEqual([]);
}
