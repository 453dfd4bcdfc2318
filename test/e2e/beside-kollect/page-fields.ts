import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import type { Dsn } from "../../../lab/drafts";
import type { Scene } from "../scene/scene";

export function pageFields(scene: () => Scene): void {
  describe.concurrent("a test", () => {
    const prepared = async (
      spec: Partial<KollectConnectionTest["spec"]> = {},
      dsn: Partial<Dsn> = {},
    ): Promise<KollectConnectionTest> => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders", dsn);
      return scene().test(namespace, { spec });
    };
    const summary = ({ status }: KollectConnectionTest): string[] =>
      (status?.conditions ?? []).slice(0, 2).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

    it("gets a verdict in the page's fields, and another one by a change of the spec", async () => {
      const test = await prepared();

      const first = await scene().verdict(test);
      const again = await scene().verdict(
        await scene().objects.patch(first, { spec: { ttlSecondsAfterFinished: 600 } }),
      );

      expect(test.spec).toEqual({ sinkRef: { databaseSinkRef: "orders" } });
      for (const [generation, verdict] of [first, again].entries()) {
        expect(verdict.status).toMatchObject({
          completed: true,
          completedAt: expect.stringMatching(/Z$/) as string,
          latencyMs: expect.any(Number) as number,
          observedGeneration: generation + 1,
        });
        expect(summary(verdict)).toEqual([
          "ConnectionVerified True ConnectionOK",
          "Ready True ProbeSucceeded",
        ]);
        expect(verdict.status).not.toHaveProperty("probeId");
      }
    });

    it("is told why the sink does not work", async () => {
      const verdict = await scene().verdict(await prepared({}, { password: "wrong" }));

      expect(summary(verdict)).toEqual([
        "ConnectionVerified False ConnectionTestFailed",
        "Ready False ConnectionTestFailed",
      ]);
      expect(verdict.status?.conditions?.[0]?.message).toContain("refused the password of user postgres");
    });

    it("loses what the CRD does not know, and is served with the defaults", async () => {
      const verdict = await scene().verdict(await prepared({ timeoutSeconds: 7, requestedAt: "now" }));

      expect(verdict.spec).toEqual({ sinkRef: { databaseSinkRef: "orders" } });
      expect(verdict.metadata.generation).toBe(1);
    });

    it("has the owner reference by default, and the time to live", async () => {
      const test = await prepared({ ttlSecondsAfterFinished: 1 });

      expect(test.metadata.ownerReferences).toHaveLength(1);
      await scene().deletion(test);
    });
  });
}
