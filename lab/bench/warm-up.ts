import type { Bench } from "./bench";
import { runBurst } from "./burst";

/** From this many tests on, V8 has compiled the code of a watcher that runs often. */
export const WARM_UP_TESTS = 2_000;

/** Has the watcher process as many tests as an operator has behind it that did not just start, each with its own probe. */
export async function warmUp(bench: Bench, name: string): Promise<void> {
  const namespace = await bench.namespace();
  const healthy = await bench.healthySinks(namespace, name, WARM_UP_TESTS / 2);
  for (const half of ["first", "second"])
    await runBurst({ client: bench.client, namespace, healthy, prefix: `${name}-${half}` });
  await bench.removeTests(namespace);
}
