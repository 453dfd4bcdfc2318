import { setTimeout as sleep } from "node:timers/promises";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import { postgresCase } from "../../backends/postgres";
import { runCase } from "../../backends/run-case";
import { dsnOf } from "../../drafts";
import type { Bench, BenchCase } from "../bench";
import { medianProbe, medianTook, oneByOne } from "../one-by-one";
import { median, repeated } from "../statistics";
import { finishedStatus, testObject, testsPath } from "../test-objects";
import { preciseNow } from "../test-watch";
import { warmUp } from "../warm-up";
import { waterfall, type SeenByClient } from "../waterfall";

const SITTINGS = 8;
/** What is compared takes turns within a sitting, because the speed of machines changes from second to second. */
const TURNS = 4;
const TESTS_A_TURN = 15;
/** A watcher that was suspended gets the events of the meantime first. */
const SETTLED_AFTER_MS = 300;
const TIMEOUT_MS = 30_000;

/** One test at a time, as a person or a pipeline waits for it. */
export const latency: BenchCase = {
  name: "one test at a time",
  run: async (bench) => {
    await warmUp(bench, "warm-up");
    await sit(bench, "unmeasured");
    const sittings: Sitting[] = [];
    for (let index = 0; index < SITTINGS; index += 1) sittings.push(await sit(bench, `single-${index}`));
    const of = (what: (one: Sitting) => number): ReturnType<typeof repeated> => repeated(sittings.map(what));
    const bare = ({ create, patch, probe }: Sitting): number =>
      median(create) + median(patch) + median(probe);
    return [
      { what: "create, alone, p50", ...of(({ create }) => median(create)), unit: "ms" },
      { what: "status patch, alone, p50", ...of(({ patch }) => median(patch)), unit: "ms" },
      { what: "the probe, alone, p50", ...of(({ probe }) => median(probe)), unit: "ms" },
      {
        what: "the probe's own time by the status, p50",
        ...of(({ tests }) => medianProbe(tests)),
        unit: "ms",
      },
      { what: "create to completed, p50", ...of(({ tests }) => medianTook(tests)), unit: "ms" },
      {
        what: "ratio to create + status patch + probe",
        ...of((one) => medianTook(one.tests) / bare(one)),
        target: { atMost: 1.2 },
      },
      {
        what: "tests without the verdict True",
        value: sittings.reduce((sum, { unfinished }) => sum + unfinished, 0),
        target: { atMost: 0 },
      },
      ...(await waterfall(
        bench.stage.cluster.auditLog,
        sittings.flatMap(({ tests }) => tests),
      )),
    ];
  },
};

/** The parts of a test, each alone, in milliseconds; and whole tests. */
interface Sitting {
  readonly create: number[];
  readonly patch: number[];
  readonly probe: number[];
  readonly tests: SeenByClient[];
  unfinished: number;
}

async function sit(bench: Bench, prefix: string): Promise<Sitting> {
  const namespace = await bench.namespace();
  const sitting: Sitting = { create: [], patch: [], probe: [], tests: [], unfinished: 0 };
  for (let turn = 0; turn < TURNS; turn += 1) {
    await bench.besideSuspendedWatcher(async () => {
      await bareRequests(bench, { namespace, prefix: `bare-${turn}` }, sitting);
      await bareProbes(bench, sitting);
    });
    await sleep(SETTLED_AFTER_MS);
    const { tests, unfinished } = await oneByOne(bench, {
      ...{ namespace, prefix: `${prefix}-${turn}` },
      ...{ count: TESTS_A_TURN, timeoutMs: TIMEOUT_MS },
    });
    sitting.tests.push(...tests);
    sitting.unfinished += unfinished;
  }
  await bench.removeTests(namespace);
  return sitting;
}

async function bareRequests(
  { client }: Bench,
  { namespace, prefix }: { readonly namespace: string; readonly prefix: string },
  { create, patch }: Pick<Sitting, "create" | "patch">,
): Promise<void> {
  for (let index = 0; index < TESTS_A_TURN; index += 1) {
    const name = `${prefix}-${index}`;
    const start = preciseNow();
    const body = testObject(name, { namespace, sink: "healthy" });
    await client.send({ method: "POST", path: testsPath(namespace), body });
    const created = preciseNow();
    await client.send({
      method: "PATCH",
      path: `${testsPath(namespace, name)}/status`,
      body: finishedStatus(),
      contentType: "application/merge-patch+json",
    });
    create.push(created - start);
    patch.push(preciseNow() - created);
  }
}

/** The probe of such a sink in this process, until its session is closed, which no test waits for. */
async function bareProbes({ postgres }: Bench, { probe }: Pick<Sitting, "probe">): Promise<void> {
  const { host, port, superuser } = postgres;
  const bare = postgresCase(dsnOf({ host, port, ...superuser }));
  for (let index = 0; index < TESTS_A_TURN; index += 1) {
    const start = preciseNow();
    const { failure } = await runCase(postgresProbe, bare);
    if (failure) throw new Error(`the probe alone failed: ${failure.message}`);
    probe.push(preciseNow() - start);
  }
}
