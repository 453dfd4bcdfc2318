import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { operatorRequests } from "../scene/api-audit";
import { dsnOf, secret } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";

/** The stage's KOLLECT_GRACE_SECONDS. */
const GRACE_MS = 5_000;

export function grace(scene: () => Scene): void {
  describe.concurrent("grace", () => {
    const rightDsn = (): string => {
      const { host, port, superuser } = scene().postgres;
      return dsnOf({ host, port, ...superuser });
    };
    const waiting = (test: KollectConnectionTest): Promise<KollectConnectionTest> =>
      scene().state(test, "the wait in grace", ({ status }) => status?.completed === false);
    const summary = ({ status }: KollectConnectionTest): string[] =>
      (status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

    it.for([
      ["Secret", undefined],
      ["key", { unrelated: "value" }],
    ] as const)("waits for a missing %s, and verifies when it appears", async ([, stringData]) => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      await scene().objects.remove(secret(namespace, "orders", {}));
      if (stringData) await scene().objects.create(secret(namespace, "orders", stringData));
      const test = await scene().test(namespace);

      const state = await waiting(test);
      await scene().objects.apply(secret(namespace, "orders", { dsn: rightDsn() }));

      expect(summary(state)).toEqual([
        "ConnectionVerified Unknown SecretResolveFailed",
        "Ready Unknown SecretResolveFailed",
        "Finished False WaitingForSecret",
        "Reconciling True WaitingForSecret",
      ]);
      expect(summary(await scene().verdict(test))[0]).toBe("ConnectionVerified True ConnectionOK");
    });

    it("waits for a missing sink, and verifies as soon as it appears", async () => {
      const namespace = await scene().namespace();
      const test = await scene().test(namespace);

      const state = await waiting(test);
      const before = Date.now();
      await scene().sink(namespace, "orders");
      const verdict = await scene().verdict(test);

      expect(summary(state)).toEqual([
        "ConnectionVerified Unknown SinkNotFound",
        "Ready Unknown SinkNotFound",
        "Finished False WaitingForSink",
        "Reconciling True WaitingForSink",
      ]);
      expect(summary(verdict)[0]).toBe("ConnectionVerified True ConnectionOK");
      expect(Date.now() - before).toBeLessThan(GRACE_MS);
    });

    it("ends with a final verdict when what is missing does not appear", async () => {
      const namespace = await scene().namespace();
      const before = Date.now();
      const test = await scene().test(namespace);

      const verdict = await scene().verdict(test);

      expect(summary(verdict)).toEqual([
        "ConnectionVerified False SinkNotFound",
        "Ready False SinkNotFound",
        "Finished True Completed",
        "Stalled True SinkNotFound",
      ]);
      const shown = scene().watch.of(test.metadata.uid).at(-1);
      expect((shown?.at ?? 0) - before).toBeGreaterThanOrEqual(GRACE_MS - 100);
    });

    it("polls a Secret once a second for all who wait for it together", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      await scene().objects.remove(secret(namespace, "orders", {}));
      const names = Array.from({ length: 12 }, (_, index) => `probe-${index}`);

      const tests = await Promise.all(names.map((name) => scene().test(namespace, { name })));
      const verdicts = await Promise.all(tests.map((test) => scene().verdict(test)));

      expect(new Set(verdicts.map((verdict) => summary(verdict)[0]))).toEqual(
        new Set(["ConnectionVerified False SecretResolveFailed"]),
      );
      const probes = new Set(verdicts.map(({ status }) => status?.probeId)).size;
      const reads = operatorRequests(scene().stage.cluster).filter(
        ({ resource, ...request }) => request.namespace === namespace && resource === "secrets",
      );
      expect(probes).toBeLessThanOrEqual(3);
      expect(reads.length).toBeLessThanOrEqual(probes * (GRACE_MS / 1000 + 2));
      expect(new Set(reads.map(({ verb }) => verb))).toEqual(new Set(["get"]));
    });
  });
}
