import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import { postgresCase } from "../../backends/postgres";
import { runCase } from "../../backends/run-case";
import { dsnOf } from "../../drafts";
import type { Bench, BenchCase } from "../bench";
import { median, repeated } from "../statistics";
import { finishedStatus, testObject, testsPath } from "../test-objects";
import { preciseNow, watchTests } from "../test-watch";
import { waterfall, type SeenByClient } from "../waterfall";

const SITTINGS = 8;
const TESTS = 60;
const BARE_WARM_UP = 10;
/** A watcher that was just started has code that V8 has not compiled yet. */
const WARM_UP = 100;
const TIMEOUT_MS = 30_000;

/** One test at a time, as a person or a pipeline waits for it. */
export const latency: BenchCase = {
  name: "one test at a time",
  run: async (bench) => {
    const sittings: (Parts & OneByOne)[] = [];
    for (let index = 0; index < SITTINGS; index += 1) {
      sittings.push({ ...(await bareParts(bench)), ...(await oneByOne(bench, `single-${index}`)) });
    }
    const missed = sittings.reduce((sum, { unfinished }) => sum + unfinished, 0);
    const of = (what: (one: Parts & OneByOne) => number): ReturnType<typeof repeated> =>
      repeated(sittings.map(what));
    return [
      { what: "create, alone, p50", ...of(({ create }) => create), unit: "ms" },
      { what: "status patch, alone, p50", ...of(({ patch }) => patch), unit: "ms" },
      { what: "the probe, alone, p50", ...of(({ bare }) => bare), unit: "ms" },
      { what: "the probe's own time by the status, p50", ...of(({ probe }) => probe), unit: "ms" },
      { what: "create to completed, p50", ...of(({ took }) => took), unit: "ms" },
      {
        what: "ratio to create + status patch + probe",
        ...of(({ took, create, patch, bare }) => took / (create + patch + bare)),
        target: { atMost: 1.2 },
      },
      { what: "tests without the verdict True", value: missed, target: { atMost: 0 } },
      ...(await waterfall(
        bench.stage.cluster.auditLog,
        sittings.flatMap(({ tests }) => tests),
      )),
    ];
  },
};

/** Medians in milliseconds of creating a test, patching its status and probing, each alone. */
interface Parts {
  readonly create: number;
  readonly patch: number;
  readonly bare: number;
}

function bareParts(bench: Bench): Promise<Parts> {
  return bench.withoutWatcher(async () => ({
    ...(await bareRequests(bench)),
    bare: await bareProbe(bench),
  }));
}

async function bareRequests({ client, namespace, removeTests }: Bench): Promise<Omit<Parts, "bare">> {
  const own = await namespace();
  const create: number[] = [];
  const patch: number[] = [];
  for (let index = 0; index < TESTS + BARE_WARM_UP; index += 1) {
    const name = `bare-${index}`;
    const start = preciseNow();
    const body = testObject(name, { namespace: own, sink: "healthy" });
    await client.send({ method: "POST", path: testsPath(own), body });
    const created = preciseNow();
    await client.send({
      method: "PATCH",
      path: `${testsPath(own, name)}/status`,
      body: finishedStatus(),
      contentType: "application/merge-patch+json",
    });
    create.push(created - start);
    patch.push(preciseNow() - created);
  }
  await removeTests(own);
  return { create: median(create.slice(BARE_WARM_UP)), patch: median(patch.slice(BARE_WARM_UP)) };
}

/** The probe of such a sink in this process, until its session is closed, which no test waits for. */
async function bareProbe({ postgres }: Bench): Promise<number> {
  const { host, port, superuser } = postgres;
  const bare = postgresCase(dsnOf({ host, port, ...superuser }));
  const took: number[] = [];
  for (let index = 0; index < TESTS + BARE_WARM_UP; index += 1) {
    const start = preciseNow();
    const { failure } = await runCase(postgresProbe, bare);
    if (failure) throw new Error(`the probe alone failed: ${failure.message}`);
    took.push(preciseNow() - start);
  }
  return median(took.slice(BARE_WARM_UP));
}

/** Tests that ran one after the other. */
export interface OneByOne {
  /** Create to completed, median in milliseconds. */
  readonly took: number;
  /** The probe's own time by the status, median in milliseconds. */
  readonly probe: number;
  /** How many did not get the verdict True in time. */
  readonly unfinished: number;
  readonly tests: readonly SeenByClient[];
}

/** Creates tests one after the other, and waits for each. The prefix begins their names. */
export async function oneByOne(
  { client, namespace }: Bench,
  prefix: string,
  timeoutMs = TIMEOUT_MS,
): Promise<OneByOne> {
  const own = await namespace();
  const watch = await watchTests(client, own);
  const tests: SeenByClient[] = [];
  let unfinished = 0;
  for (let index = 0; index < TESTS + WARM_UP; index += 1) {
    const name = `${prefix}-${index}`;
    const createdAt = preciseNow();
    const body = testObject(name, { namespace: own, sink: "healthy" });
    await client.send({ method: "POST", path: testsPath(own), body });
    await watch.finished([name], timeoutMs);
    const { doneAt, verified, latencyMs: probeMs = Number.NaN } = watch.seen.get(name) ?? {};
    if (doneAt === undefined || verified !== "True") unfinished += 1;
    else if (index >= WARM_UP) tests.push({ name, createdAt, doneAt, probeMs });
  }
  watch.close();
  return {
    took: median(tests.map(({ createdAt, doneAt }) => doneAt - createdAt)),
    probe: median(tests.map(({ probeMs }) => probeMs)),
    unfinished,
    tests,
  };
}
