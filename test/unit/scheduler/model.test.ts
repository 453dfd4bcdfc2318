import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runs } from "../../fixtures/property";
import { World } from "./model/world";

const START = Date.parse("2026-03-01T12:00:00Z");

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
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
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), sigterm: fc.boolean() }) },
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
      fc
        .asyncProperty(
          fc.array(action, { minLength: 5, maxLength: 60 }),
          fc.integer(),
          async (actions, seed) => {
            const world = new World(seed);
            for (const each of actions) {
              await world.perform(each);
              await world.checkInvariants();
            }
            await world.settle();
            await world.checkEnd();
            await world.checkForgotten();
          },
        )
        .beforeEach(() => {
          vi.clearAllTimers();
          vi.setSystemTime(START);
        }),
      { numRuns: runs(100) },
    );
  },
  runs(120_000),
);

it("deletes every finished test at its time", async () => {
  const world = new World(1);
  for (const each of ["a", "b", "c"]) await world.perform({ do: "create", name: each, sink: "healthy" });
  await world.settle();
  expect(world.verdicts()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(299_000 - 60_000);
  expect(world.names()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(world.names()).toEqual([]);
});

it("starts a second probe beside a slow one", async () => {
  const world = new World(1);
  await world.perform({ do: "create", name: "a", sink: "silent" });
  await world.perform({ do: "wait", ms: 600 });
  await world.perform({ do: "create", name: "b", sink: "silent" });
  await world.perform({ do: "wait", ms: 2_400 });
  expect(world.verdicts()).toEqual(["a", "b"]);
});

it("probes a sink as soon as it appears", async () => {
  const world = new World(1);
  await world.perform({ do: "create", name: "a", sink: "late" });
  await world.perform({ do: "wait", ms: 1_000 });
  expect(world.verdicts()).toEqual([]);
  await world.perform({ do: "touch-sink", sink: "late" });
  await world.perform({ do: "wait", ms: 300 });
  expect(world.verdicts()).toEqual(["a"]);
});

it("shares no probe between tests that ask before and after their sink changed", async () => {
  const world = new World(1);
  await world.perform({ do: "touch-sink", sink: "silent" });
  await world.perform({ do: "create", name: "a", sink: "silent" });
  await world.perform({ do: "wait", ms: 100 });
  await world.perform({ do: "create", name: "b", sink: "silent" });
  await world.perform({ do: "wait", ms: 100 });
  await world.perform({ do: "touch-sink", sink: "silent" });
  await world.perform({ do: "wait", ms: 100 });
  await world.perform({ do: "create", name: "c", sink: "silent" });
  await world.settle();
  await world.checkEnd();
});

it("says once that the installed CRD drops parts of the status, and gives verdicts all the same", async () => {
  const world = new World(1, true);
  for (const each of ["a", "b", "c"]) await world.perform({ do: "create", name: each, sink: "healthy" });
  await world.settle();
  await world.checkEnd();
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
