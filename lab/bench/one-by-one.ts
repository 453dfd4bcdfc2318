import type { Bench } from "./bench";
import { median } from "./statistics";
import { testObject, testsPath } from "./test-objects";
import { preciseNow, watchTests } from "./test-watch";
import type { SeenByClient } from "./waterfall";

export interface OneByOneOptions {
  /** With a sink `healthy`. */
  readonly namespace: string;
  /** Begins the tests' names. */
  readonly prefix: string;
  readonly count: number;
  /** How long a verdict may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Tests that ran one after the other. */
export interface OneByOne {
  /** Those that got the verdict True. */
  readonly tests: readonly SeenByClient[];
  /** How many did not get it in time. */
  readonly unfinished: number;
}

/** Creates tests one after the other, and waits for the verdict of each. */
export async function oneByOne(
  { client }: Pick<Bench, "client">,
  { namespace, prefix, count, timeoutMs }: OneByOneOptions,
): Promise<OneByOne> {
  const watch = await watchTests(client, namespace);
  const tests: SeenByClient[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `${prefix}-${index}`;
    const createdAt = preciseNow();
    const body = testObject(name, { namespace, sink: "healthy" });
    await client.send({ method: "POST", path: testsPath(namespace), body });
    await watch.finished([name], timeoutMs);
    const { doneAt, verified, latencyMs: probeMs = Number.NaN } = watch.seen.get(name) ?? {};
    if (doneAt !== undefined && verified === "True") tests.push({ name, createdAt, doneAt, probeMs });
  }
  watch.close();
  return { tests, unfinished: count - tests.length };
}

/** The median of create to completed, in milliseconds. */
export function medianTook(tests: readonly SeenByClient[]): number {
  return median(tests.map(({ createdAt, doneAt }) => doneAt - createdAt));
}

/** The median of the probe's own time by the status, in milliseconds. */
export function medianProbe(tests: readonly SeenByClient[]): number {
  return median(tests.map(({ probeMs }) => probeMs));
}
