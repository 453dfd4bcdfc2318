import { describe, expect, it } from "vitest";
import { dsnOf, secret } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";
import { blackHole, proxy } from "../../../lab/faults";

export function sharing(scene: () => Scene): void {
  describe.concurrent("sharing of probes", () => {
    it("gives tests that are created together one probe and few connections, and says how many shared it", async () => {
      const namespace = await scene().namespace();
      const counted = await proxy(scene().postgres, { latencyMs: 20 });
      try {
        await scene().sink(namespace, "orders", { port: counted.port });
        const names = Array.from({ length: 24 }, (_, index) => `probe-${index}`);

        const tests = await Promise.all(names.map((name) => scene().test(namespace, { name })));
        const statuses = (await Promise.all(tests.map((test) => scene().verdict(test)))).map(
          ({ status }) => status,
        );

        const probes = new Set(statuses.map((status) => status?.probeId));
        expect(probes.size).toBeLessThan(names.length / 2);
        for (const probe of probes) {
          const group = statuses.filter((status) => status?.probeId === probe);
          expect(group.map((status) => status?.sharedBy)).toEqual(group.map(() => group.length));
          expect(group.map((status) => status?.conditions?.[0]?.status)).toEqual(group.map(() => "True"));
        }
        expect(counted.seen()).toBe(probes.size);
      } finally {
        await counted.close();
      }
    });

    it.for([
      ["timeoutSeconds", { timeoutSeconds: 14 }],
      ["retryLimit", { retryLimit: 1 }],
    ] as const)("does not happen between tests that differ in %s", async ([, spec]) => {
      const namespace = await scene().namespace();
      const slowed = await proxy(scene().postgres, { latencyMs: 20 });
      try {
        await scene().sink(namespace, "orders", { port: slowed.port });
        const names = Array.from({ length: 16 }, (_, index) => `probe-${index}`);

        const tests = await Promise.all(
          names.map((name, index) => scene().test(namespace, { name, spec: index % 2 ? spec : {} })),
        );
        const probes = (await Promise.all(tests.map((test) => scene().verdict(test)))).map(
          ({ status }) => status?.probeId,
        );

        const without = new Set(probes.filter((_, index) => index % 2 === 0));
        const withSpec = probes.filter((_, index) => index % 2 === 1);
        expect(without.size).toBeLessThan(8);
        expect(withSpec.filter((probe) => without.has(probe))).toEqual([]);
      } finally {
        await slowed.close();
      }
    });

    it("does not happen with a probe that was already running", async () => {
      const namespace = await scene().namespace();
      const silent = await blackHole();
      try {
        await scene().sink(namespace, "orders", { port: silent.port });
        const spec = { timeoutSeconds: 2 };
        const first = await scene().test(namespace, { name: "first", spec });
        await scene().state(first, "the progress", ({ status }) => status?.completed === false);

        const second = await scene().test(namespace, { name: "second", spec });
        const verdicts = await Promise.all([first, second].map((test) => scene().verdict(test)));

        expect(verdicts.map(({ status }) => status?.sharedBy)).toEqual([1, 1]);
        expect(silent.seen()).toBe(2);
      } finally {
        await silent.close();
      }
    });

    it("never lets a test learn what was read before it was created", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const { host, port, superuser } = scene().postgres;
      const learnt: (string | undefined)[] = [];

      for (const password of ["wrong", superuser.password, "wrong", superuser.password]) {
        const dsn = dsnOf({ host, port, user: superuser.user, password });
        await scene().objects.apply(secret(namespace, "orders", { dsn }));
        const test = await scene().test(namespace, { name: `probe-${learnt.length}` });
        const { status } = await scene().verdict(test);
        learnt.push(status?.conditions?.[0]?.status);
      }

      expect(learnt).toEqual(["False", "True", "False", "True"]);
    });
  });
}
