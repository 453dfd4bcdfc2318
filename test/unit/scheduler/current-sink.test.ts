import { expect, it } from "vitest";
import type { SinkRevision } from "../../../capabilities/domain/identity";
import type { Outcome } from "../../../capabilities/domain/outcome";
import { outcomeOfCurrentSink } from "../../../capabilities/scheduler/current-sink";

const NOW = 1_000;

function outcome(probe: number, generation: number | undefined): Outcome {
  return {
    ...{ probeId: `p${probe}`, startedAt: NOW, completedAt: NOW, attempts: 1, waitedMs: 0, sharedBy: 1 },
    ...(generation === undefined ? {} : { sink: { uid: "sink", generation } }),
    secrets: [],
  };
}

/** Probes that read these generations, while the watch shows those when each is over. */
async function run(
  read: readonly (number | undefined)[],
  shown: readonly (SinkRevision | undefined)[],
): Promise<{ told: string; sinkChanged: string | undefined; outdated: string[] }> {
  let probes = 0;
  const outdated: string[] = [];
  const told = await outcomeOfCurrentSink(
    () => Promise.resolve(outcome(++probes, read[probes - 1])),
    () => shown[probes - 1],
    ({ probeId }) => void outdated.push(probeId),
  );
  return { told: told.probeId, sinkChanged: told.sinkChanged, outdated };
}

const at = (generation: number, uid = "sink"): SinkRevision => ({ uid, generation });

it.each([
  ["did not change", [3], [at(3)], { told: "p1", sinkChanged: undefined, outdated: [] }],
  ["was not shown", [3], [undefined], { told: "p1", sinkChanged: undefined, outdated: [] }],
  ["was not found", [undefined], [at(1)], { told: "p1", sinkChanged: undefined, outdated: [] }],
  ["was read before the watch showed it", [4], [at(3)], { told: "p1", sinkChanged: undefined, outdated: [] }],
  ["changed once", [3, 4], [at(4), at(4)], { told: "p2", sinkChanged: undefined, outdated: ["p1"] }],
  ["was recreated", [3, 1], [at(1, "b"), at(1)], { told: "p2", sinkChanged: undefined, outdated: ["p1"] }],
  [
    "changes without end",
    [3, 4, 5],
    [at(4), at(5), at(6)],
    { told: "p3", sinkChanged: "SinkGeneration", outdated: ["p1", "p2"] },
  ],
  [
    "was recreated, as far as a late watch shows",
    [1, 1, 1],
    [at(9, "old"), at(9, "old"), at(9, "old")],
    { told: "p3", sinkChanged: undefined, outdated: ["p1", "p2"] },
  ],
] as const)("tells the outcome of a sink that %s", async (_what, read, shown, expected) => {
  expect(await run(read, shown)).toEqual(expected);
});
