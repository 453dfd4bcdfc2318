import { inParallel } from "./in-parallel";
import type { LoadClient, LoadRequest } from "./load-client";
import { finishedStatus, testObject, testsPath } from "./test-objects";

/** Tests to create and finish by hand. */
export interface FinishedOptions {
  readonly client: LoadClient;
  readonly namespace: string;
  readonly prefix: string;
  readonly count: number;
  readonly completedAt?: (index: number) => Date;
  readonly sink?: string;
  /** Written as the operator writes it; the smallest status of a finished test when absent. */
  readonly status?: object | undefined;
  /** What an operator does for each test between its creation and its verdict. */
  readonly probe?: (() => Promise<void>) | undefined;
}

/**
 * Creates tests and writes a status to each, 16 at a time, as an operator that costs nothing would. Returns how many
 * a second the API server takes.
 */
export async function createFinished(options: FinishedOptions): Promise<number> {
  const { client, namespace, prefix, count, completedAt, sink = "without-operator", status, probe } = options;
  const start = performance.now();
  await inParallel(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      const name = `${prefix}-${index}`;
      const body = testObject(name, { namespace, sink });
      await client.send({ method: "POST", path: testsPath(namespace), body });
      await probe?.();
      await client.send({
        method: "PATCH",
        path: `${testsPath(namespace, name)}/status`,
        ...(status ? asOperator(status) : asClient(finishedStatus(completedAt?.(index)))),
      });
    },
  );
  return (count * 1000) / (performance.now() - start);
}

type Write = Pick<LoadRequest, "body" | "contentType">;

function asClient(status: object): Write {
  return { body: status, contentType: "application/merge-patch+json" };
}

/** With a condition of the same kind as the operator's; nothing changes these tests. */
function asOperator(status: object): Write {
  const body = [
    { op: "test", path: "/metadata/generation", value: 1 },
    { op: "add", path: "/status", value: status },
  ];
  return { body, contentType: "application/json-patch+json" };
}
