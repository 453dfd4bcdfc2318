import { inParallel } from "./in-parallel";
import type { LoadClient } from "./load-client";
import { finishedStatus, testObject, testsPath } from "./test-objects";

/** Tests to create and finish by hand. */
export interface FinishedOptions {
  readonly client: LoadClient;
  readonly namespace: string;
  readonly prefix: string;
  readonly count: number;
  readonly completedAt?: (index: number) => Date;
}

/**
 * Creates tests and writes a status to each, 16 at a time, as an operator that costs nothing would. Returns how many
 * a second the API server takes.
 */
export async function createFinished(options: FinishedOptions): Promise<number> {
  const { client, namespace, prefix, count, completedAt } = options;
  const start = performance.now();
  await inParallel(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      const name = `${prefix}-${index}`;
      const body = testObject(name, { namespace, sink: "nobody-watches" });
      await client.send({ method: "POST", path: testsPath(namespace), body });
      await client.send({
        method: "PATCH",
        path: `${testsPath(namespace, name)}/status`,
        body: finishedStatus(completedAt?.(index)),
        contentType: "application/merge-patch+json",
      });
    },
  );
  return (count * 1000) / (performance.now() - start);
}
