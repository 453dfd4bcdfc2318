import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import { postgresCase } from "../../backends/postgres";
import { runCase } from "../../backends/run-case";
import { dsnOf } from "../../drafts";
import type { Bench, BenchCase } from "../bench";
import { median } from "../statistics";
import { finishedStatus, testObject, testsPath } from "../test-objects";
import { preciseNow, watchTests } from "../test-watch";

const TESTS = 60;
const WARM_UP = 10;
const TIMEOUT_MS = 30_000;

/** One test at a time, as a person or a pipeline waits for it. */
export const latency: BenchCase = {
  name: "one test at a time",
  run: async (bench) => {
    const before = await bareParts(bench);
    const { took, probe } = await oneByOne(bench);
    const after = await bareParts(bench);
    // What else the machine does changes from minute to minute, so one of the two alone would mislead.
    const mean = (part: keyof Parts): number => (before[part] + after[part]) / 2;
    return [
      { what: "create, alone, p50", value: mean("create"), unit: "ms" },
      { what: "status patch, alone, p50", value: mean("patch"), unit: "ms" },
      { what: "the probe, alone, p50", value: mean("probe"), unit: "ms" },
      { what: "the probe's own time by the status, p50", value: probe, unit: "ms" },
      { what: "create to completed, p50", value: took, unit: "ms" },
      { what: "beyond the probe's own time", value: took - probe, unit: "ms", target: { atMost: 20 } },
      {
        what: "ratio to create + status patch + probe",
        value: took / (mean("create") + mean("patch") + mean("probe")),
        target: { atMost: 1.5 },
      },
    ];
  },
};

/** Medians in milliseconds of creating a test, patching its status and probing, each alone. */
interface Parts {
  readonly create: number;
  readonly patch: number;
  readonly probe: number;
}

function bareParts(bench: Bench): Promise<Parts> {
  return bench.withoutWatcher(async () => ({
    ...(await bareRequests(bench)),
    probe: await bareProbe(bench),
  }));
}

async function bareRequests({ client, namespace, removeTests }: Bench): Promise<Omit<Parts, "probe">> {
  const own = await namespace();
  const create: number[] = [];
  const patch: number[] = [];
  for (let index = 0; index < TESTS + WARM_UP; index += 1) {
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
  return { create: median(create.slice(WARM_UP)), patch: median(patch.slice(WARM_UP)) };
}

/** The probe of such a sink in this process, until its session is closed, which no test waits for. */
async function bareProbe({ postgres }: Bench): Promise<number> {
  const { host, port, superuser } = postgres;
  const bare = postgresCase(dsnOf({ host, port, ...superuser }));
  const took: number[] = [];
  for (let index = 0; index < TESTS + WARM_UP; index += 1) {
    const start = preciseNow();
    const { failure } = await runCase(postgresProbe, bare);
    if (failure) throw new Error(`the probe alone failed: ${failure.message}`);
    took.push(preciseNow() - start);
  }
  return median(took.slice(WARM_UP));
}

/** Creates tests one after the other; medians in milliseconds. Throws when one does not get the verdict True. */
export async function oneByOne({ client, namespace }: Bench): Promise<{ took: number; probe: number }> {
  const own = await namespace();
  const watch = await watchTests(client, own);
  const took: number[] = [];
  const probe: number[] = [];
  for (let index = 0; index < TESTS + WARM_UP; index += 1) {
    const name = `single-${index}`;
    const start = preciseNow();
    const body = testObject(name, { namespace: own, sink: "healthy" });
    await client.send({ method: "POST", path: testsPath(own), body });
    await watch.finished([name], TIMEOUT_MS);
    const { doneAt, verified, latencyMs = Number.NaN } = watch.seen.get(name) ?? {};
    if (doneAt === undefined || verified !== "True")
      throw new Error(`test ${name} got ${verified ?? "no verdict"}`);
    took.push(doneAt - start);
    probe.push(latencyMs);
  }
  watch.close();
  return { took: median(took.slice(WARM_UP)), probe: median(probe.slice(WARM_UP)) };
}
