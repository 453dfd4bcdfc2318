import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import type { Scene } from "../scene/scene";
import { blackHole, type Fault } from "../../../lab/faults";

export function endsOfRuns(scene: () => Scene): void {
  describe.concurrent("a run", () => {
    /** Runs `use` with a namespace that has a sink `silent`, which never answers, and a healthy one, `orders`. */
    const withSilentSink = async (
      use: (namespace: string, silent: Fault) => Promise<void>,
    ): Promise<void> => {
      const [namespace, silent] = await Promise.all([scene().namespace(), blackHole()]);
      try {
        await scene().sink(namespace, "silent", { port: silent.port });
        await scene().sink(namespace, "orders");
        await use(namespace, silent);
      } finally {
        await silent.close();
      }
    };
    /** Creates a test of the sink that never answers. */
    const hanging = (
      namespace: string,
      name = "probe",
      timeoutSeconds = 60,
    ): Promise<KollectConnectionTest> =>
      scene().test(namespace, { name, sink: "silent", spec: { timeoutSeconds } });
    const open = (silent: Fault, count: number): Promise<true> =>
      waitUntil({ what: `the change to ${count} open connections`, timeoutMs: 30_000, intervalMs: 10 }, () =>
        Promise.resolve(silent.open() === count || undefined),
      );
    const verdicts = ({ metadata }: KollectConnectionTest): unknown[] =>
      scene()
        .watch.of(metadata.uid)
        .filter(({ test }) => test.status?.completed)
        .map(({ test }) => [test.status?.observedGeneration, test.status?.conditions?.[0]?.reason]);

    it("ends when the spec changes, closes its socket and gives no verdict of its own", () =>
      withSilentSink(async (namespace, silent) => {
        const test = await hanging(namespace);
        await open(silent, 1);

        const sinkRef = { databaseSinkRef: "orders" };
        const changed = await scene().verdict(await scene().objects.patch(test, { spec: { sinkRef } }));

        expect(changed.status?.sink?.name).toBe("orders");
        await open(silent, 0);
        expect(verdicts(test)).toEqual([[2, "ConnectionOK"]]);
      }));

    it("ends when the test is deleted, and closes its socket", () =>
      withSilentSink(async (namespace, silent) => {
        const test = await hanging(namespace);
        await open(silent, 1);

        await scene().objects.remove(test);

        await Promise.all([scene().deletion(test), open(silent, 0)]);
        expect(verdicts(test)).toEqual([]);
      }));

    it("does not write to a test that was deleted and applied again under the same name", () =>
      withSilentSink(async (namespace, silent) => {
        const test = await hanging(namespace, "probe", 4);
        await open(silent, 1);

        await scene().objects.remove(test);
        const recreated = await scene().test(namespace, { spec: { timeoutSeconds: 4 } });
        await scene().verdict(recreated);
        await open(silent, 0);
        // By the end of this one the deadline of the first run has passed too.
        await scene().verdict(await hanging(namespace, "later", 4));

        expect(recreated.metadata).toMatchObject({ name: test.metadata.name, generation: 1 });
        expect(verdicts(test)).toEqual([]);
        expect(verdicts(recreated)).toEqual([[1, "ConnectionOK"]]);
      }));

    it("goes on for those who still wait, and closes its socket when the last of them has left", () =>
      withSilentSink(async (namespace, silent) => {
        await hanging(namespace, "first");
        await open(silent, 1);
        // These come while a probe runs, so they share the next one, which starts when that turns out slow.
        const [second, third] = await Promise.all([
          hanging(namespace, "second"),
          hanging(namespace, "third"),
        ]);
        await open(silent, 2);

        await scene().objects.remove(second);
        await scene().deletion(second);
        // A test with its verdict tells that the operator has heard of the deletion before.
        const spec = { timeoutSeconds: 60 };
        await scene().verdict(await scene().test(namespace, { name: "later", spec }));
        expect(silent.open()).toBe(2);

        await scene().objects.remove(third);
        await open(silent, 1);
      }));
  });
}
