import { describe, expect, it } from "vitest";
import type { ConnectionTestSpec, KollectConnectionTest } from "../../../capabilities/api/types";
import { judge } from "../../support/e2e/gitops-checks";
import { connectionTest } from "../../support/e2e/manifests";
import type { Scene } from "../../support/e2e/scene";

/** Argo CD gives it to every hook, so that a hook outlives its own deletion until it was looked at. */
const HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer";

export function gitops(scene: () => Scene): void {
  describe.concurrent("what GitOps tools make of a test", () => {
    const create = async (
      namespace: string,
      name: string,
      sink: string,
      { spec = {}, finalizers = [] }: { spec?: Partial<ConnectionTestSpec>; finalizers?: string[] } = {},
    ): Promise<KollectConnectionTest> => {
      const test = connectionTest(namespace, name, sink, spec);
      const metadata = { ...test.metadata, finalizers };
      return (await scene().objects.create({ ...test, metadata })) as KollectConnectionTest;
    };
    const running = (test: KollectConnectionTest): Promise<KollectConnectionTest> =>
      scene().state(test, "a run in progress", ({ status }) => status?.completed === false);
    const deleted = async (test: KollectConnectionTest): Promise<KollectConnectionTest> => {
      await scene().objects.remove(test);
      return scene().state(test, "the deletion", ({ metadata }) => metadata.deletionTimestamp !== undefined);
    };

    const messageOf = ({ status }: KollectConnectionTest): string | undefined =>
      status?.conditions?.[0]?.message;

    it("follows its life, and never an old verdict", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      await scene().sink(namespace, "refusing", { password: "wrong" });
      const hook = { finalizers: [HOOK_FINALIZER] };
      const [created, refused, waiting, early, late] = await Promise.all([
        create(namespace, "verified", "orders"),
        create(namespace, "refused", "refusing").then((test) => scene().verdict(test)),
        create(namespace, "waiting", "missing").then(running),
        create(namespace, "early", "missing", hook).then(running).then(deleted),
        create(namespace, "late", "orders", hook)
          .then((test) => scene().verdict(test))
          .then(deleted),
      ]);
      const verified = await scene().verdict(created);
      const changed = await scene().objects.patch(verified, {
        spec: { sinkRef: { databaseSinkRef: "missing" } },
      });
      const again = await running(changed);

      const stages = { created, waiting, verified, refused, changed, again, early, late };
      const { verdicts, said } = await judge(stages);

      expect(changed.status).toMatchObject({ completed: true, observedGeneration: 1 });
      expect(said).toEqual([
        ["created", "Progressing", "InProgress", "InProgress"],
        ["waiting", "Progressing", "InProgress", "InProgress"],
        ["verified", "Healthy", "Current", "Current"],
        ["refused", "Degraded", "Failed", "Failed"],
        ["changed", "Progressing", "InProgress", "InProgress"],
        ["again", "Progressing", "InProgress", "InProgress"],
        ["early", "Degraded", "InProgress", "Terminating"],
        // What is on its way out is nothing that Flux could rely on.
        ["late", "Healthy", "InProgress", "Terminating"],
      ]);
      expect(verdicts.map(({ argoCd }) => argoCd.message)).toEqual([
        "Waiting for the operator.",
        messageOf(waiting),
        messageOf(verified),
        messageOf(refused),
        "Waiting for the operator.",
        messageOf(again),
        "The test was deleted before it had a verdict.",
        messageOf(late),
      ]);
    });
  });
}
