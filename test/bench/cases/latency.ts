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
    const { create, patch } = await bench.withoutWatcher(() => bareRequests(bench));
    const { took, probe } = await oneByOne(bench);
    return [
      { what: "create, alone, p50", value: create, unit: "ms" },
      { what: "status patch, alone, p50", value: patch, unit: "ms" },
      { what: "the probe's own time, p50", value: probe, unit: "ms" },
      { what: "create to completed, p50", value: took, unit: "ms" },
      { what: "beyond the probe's own time", value: took - probe, unit: "ms", target: { atMost: 20 } },
      {
        what: "ratio to create + status patch + probe",
        value: took / (create + patch + probe),
        target: { atMost: 1.5 },
      },
    ];
  },
};

async function bareRequests({
  client,
  namespace,
  removeTests,
}: Bench): Promise<{ create: number; patch: number }> {
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
