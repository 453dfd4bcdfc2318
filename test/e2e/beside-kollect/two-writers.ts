import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import type { Scene } from "../scene/scene";
import { blackHole, proxy, type Fault } from "../../../lab/faults";
import { KubeApiError } from "../../../lab/operator/kube-api";

export function twoWriters(scene: () => Scene): void {
  describe("another operator that gives verdicts too", () => {
    let silent: Fault;
    let counted: Fault;

    beforeAll(async () => {
      silent = await blackHole();
      counted = await proxy(scene().postgres, {});
    });
    afterAll(async () => {
      await silent?.close();
      await counted?.close();
    });

    /** Replaces the status of the test as it was read, as controllers do that update objects whole. */
    const otherVerdict = (test: KollectConnectionTest): Promise<KollectConnectionTest> => {
      const time = `${new Date().toISOString().slice(0, 19)}Z`;
      const condition = { status: "True", message: "Theirs.", lastTransitionTime: time } as const;
      const status = {
        completed: true,
        completedAt: time,
        latencyMs: 1,
        observedGeneration: test.metadata.generation ?? 0,
        conditions: [
          { ...condition, type: "ConnectionVerified", reason: "ConnectionOK" },
          { ...condition, type: "Ready", reason: "ProbeSucceeded" },
        ],
      };
      return scene().objects.replace({ ...test, status }, "status") as Promise<KollectConnectionTest>;
    };
    const messageOf = ({ status }: KollectConnectionTest): string | undefined =>
      status?.conditions?.find(({ type }) => type === "ConnectionVerified")?.message;

    it("is refused by the API server when ours came first", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const created = await scene().test(namespace);
      const verdict = await scene().verdict(created);

      const refusal: unknown = await otherVerdict(created).catch((error: unknown) => error);

      expect(refusal).toBeInstanceOf(KubeApiError);
      expect((refusal as KubeApiError).status).toBe(409);
      expect(await scene().objects.read(created)).toEqual(verdict);
    });

    it("has its verdict replaced when it came while ours was on its way", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "silent", { port: silent.port });
      const created = await scene().test(namespace, { sink: "silent" });
      const what = { what: "the connection to the silent sink", timeoutMs: 10_000, intervalMs: 10 };
      await waitUntil(what, () => Promise.resolve(silent.open() > 0 || undefined));

      await waitUntil({ what: "their verdict", timeoutMs: 10_000 }, async () => {
        const read = (await scene().objects.read(created)) as KollectConnectionTest;
        return otherVerdict(read).catch((error: unknown) => {
          // Ours tells of progress meanwhile.
          if (error instanceof KubeApiError && error.status === 409) return undefined;
          throw error;
        });
      });
      const final = await scene().state(created, "our verdict", (state) =>
        Boolean(state.status?.completed && messageOf(state) !== "Theirs."),
      );

      expect(final.status?.conditions?.[0]).toMatchObject({
        status: "False",
        reason: "ConnectionTestFailed",
      });
    });

    it("is believed when it was first: nothing is probed again after a start, and its TTL is kept", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "counted", { port: counted.port });
      await scene().sink(namespace, "orders");
      const ours = await scene().verdict(await scene().test(namespace, { name: "ours", sink: "counted" }));
      const { watcher } = scene().stage.operator;
      expect(counted.seen()).toBe(1);

      watcher.kill("SIGKILL");
      await watcher.exited;
      const spec = { ttlSecondsAfterFinished: 2 };
      const theirs = await otherVerdict(
        await scene().test(namespace, { name: "theirs", sink: "counted", spec }),
      );
      await watcher.restart();
      await scene().verdict(await scene().test(namespace, { name: "later" }), 30_000);
      await scene().deletion(theirs);

      expect(await scene().objects.read(ours)).toEqual(ours);
      expect(counted.seen()).toBe(1);
    });
  });
}
