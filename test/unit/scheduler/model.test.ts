import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { World } from "./world";
import { runs } from "../../fixtures/property";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-03-01T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
const sink = fc.constantFrom("healthy", "silent", "flaky", "late");

/** One thing that users, the API server or the network do. */
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("create" as const), name, sink }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("patch" as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("label" as const), name }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("replay" as const), at: fc.nat(50), missing: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("touch-sink" as const), sink }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("disturb" as const),
      failures: fc.integer({ min: 0, max: 4 }),
      jumpMs: fc.constantFrom(0, -3_600_000, -2_000, 2_000, 30_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 4000 }) }),
  },
);

it(
  "gives every test exactly one verdict per generation, whatever happens in whatever order",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 5, maxLength: 60 }),
        fc.integer(),
        async (actions, seed) => {
          const world = new World(seed);
          for (const each of actions) {
            await world.perform(each);
            world.checkInvariants();
          }
          await world.settle();
          world.checkEnd();
          await world.checkForgotten();
        },
      ),
      { numRuns: runs(100) },
    );
  },
  runs(120_000),
);

it("deletes every finished test at its time", async () => {
  const world = new World(1);
  for (const each of ["a", "b", "c"]) await world.perform({ do: "create", name: each, sink: "healthy" });
  await world.settle();
  expect(world.names()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(299_000 - 60_000);
  expect(world.names()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(world.names()).toEqual([]);
});

it("says once that the installed CRD drops parts of the status, and gives verdicts all the same", async () => {
  const world = new World(1, true);
  for (const each of ["a", "b", "c"]) await world.perform({ do: "create", name: each, sink: "healthy" });
  await world.settle();
  world.checkEnd();
  expect(world.warnings).toEqual([expect.stringContaining("drops parts of the status")]);
});

it("says nothing about pruning when nothing is pruned", async () => {
  const world = new World(1);
  await world.perform({ do: "create", name: "a", sink: "healthy" });
  await world.perform({ do: "wait", ms: 500 });
  await world.perform({ do: "label", name: "a" });
  await world.settle();
  expect(world.warnings).toEqual([]);
});
