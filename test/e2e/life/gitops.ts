import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { judge } from "../scene/gitops-checks";
import type { Scene } from "../scene/scene";

/** Argo CD gives it to every hook, so that a hook outlives its own deletion until it was looked at. */
const HOOK_FINALIZER = "argocd.argoproj.io/hook-finalizer";

export function gitops(scene: () => Scene): void {
  describe.concurrent("what GitOps tools make of a test", () => {
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
      const finalizers = [HOOK_FINALIZER];
      const [created, refused, waiting, early, late] = await Promise.all([
        scene().test(namespace, { name: "verified" }),
        scene()
          .test(namespace, { name: "refused", sink: "refusing" })
          .then((test) => scene().verdict(test)),
        scene().test(namespace, { name: "waiting", sink: "missing" }).then(running),
        scene().test(namespace, { name: "early", sink: "missing", finalizers }).then(running).then(deleted),
        scene()
          .test(namespace, { name: "late", finalizers })
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
