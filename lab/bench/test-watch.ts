import type { KollectConnectionTest } from "../../capabilities/api/types";
import type { LoadClient } from "./load-client";
import { testsPath } from "./test-objects";

/** What was seen of one test, with times of `Date.now()` and its fractions. */
export interface SeenTest {
  doneAt?: number;
  verified?: string | undefined;
  /** What the probe says of its own time. */
  latencyMs?: number | undefined;
  deletedAt?: number;
}

/** Follows all tests of a namespace from the moment it was opened. */
export interface TestWatch {
  readonly seen: ReadonlyMap<string, SeenTest>;
  /** Waits until all named tests have a verdict. Resolves with how many have, also when the time is over. */
  finished(names: readonly string[], timeoutMs: number): Promise<number>;
  /** The same for deletions. */
  deleted(names: readonly string[], timeoutMs: number): Promise<number>;
  close(): void;
}

type Moment = "doneAt" | "deletedAt";

interface Waiter {
  readonly moment: Moment;
  readonly missing: Set<string>;
  resolve(): void;
}

/** Milliseconds since the epoch, finer than `Date.now()`. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Opens a watch that begins with what there is now. */
export async function watchTests(client: LoadClient, namespace: string): Promise<TestWatch> {
  const seen = new Map<string, SeenTest>();
  const waiters = new Set<Waiter>();
  const path = testsPath(namespace);
  const { metadata } = await client.get<{ metadata: { resourceVersion: string } }>(`${path}?limit=1`);
  const from = `${path}?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const watch = await client.watch<KollectConnectionTest>(from, ({ type, object }) => {
    const name = object.metadata?.name;
    if (name === undefined) return;
    const test = seen.get(name) ?? {};
    seen.set(name, test);
    note(test, type, object);
    for (const waiter of waiters) answer(waiter, name, test);
  });

  async function until(names: readonly string[], moment: Moment, timeoutMs: number): Promise<number> {
    const missing = new Set(names.filter((name) => seen.get(name)?.[moment] === undefined));
    if (missing.size > 0) {
      await new Promise<void>((resolve) => {
        const waiter: Waiter = { moment, missing, resolve: () => (clearTimeout(timer), resolve()) };
        const timer = setTimeout(resolve, timeoutMs);
        waiters.add(waiter);
      });
    }
    return names.length - missing.size;
  }

  return {
    seen,
    finished: (names, timeoutMs) => until(names, "doneAt", timeoutMs),
    deleted: (names, timeoutMs) => until(names, "deletedAt", timeoutMs),
    close: () => watch.close(),
  };
}

function answer({ moment, missing, resolve }: Waiter, name: string, test: SeenTest): void {
  if (test[moment] !== undefined && missing.delete(name) && missing.size === 0) resolve();
}

function note(test: SeenTest, type: string, { status }: KollectConnectionTest): void {
  const now = preciseNow();
  if (type === "DELETED") test.deletedAt = now;
  if (!status?.completed || test.doneAt !== undefined) return;
  test.doneAt = now;
  test.latencyMs = status.latencyMs;
  test.verified = status.conditions?.find((condition) => condition.type === "ConnectionVerified")?.status;
}
