import { describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { connectionTest, dsnOf, postgresSink, secret } from "../../../lab/drafts";
import { eventsOf } from "../scene/records";
import type { Scene } from "../scene/scene";
import { waitUntil } from "../../../lab/control-plane/wait";

/** For what is written after the verdict. */
const SOON = { timeout: 30_000, interval: 100 };

export function failureModes(scene: () => Scene): void {
  describe.concurrent("common failure modes", () => {
    const verified = ({ status }: KollectConnectionTest): string | undefined =>
      status?.conditions?.[0]?.status;

    it("a test deleted before inspection is seen by who watches with -w, and its Event stays", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const args = ["get", "kconntest", "-n", namespace, "-w", "--request-timeout=12s"];
      const watching = scene().stage.tryKubectl(args);

      const test = await scene().test(namespace, { spec: { ttlSecondsAfterFinished: 5 } });
      await scene().deletion(test);

      expect(await scene().objects.read(test)).toBeUndefined();
      expect((await watching).stdout).toMatch(/probe +orders +postgres +True +\d+ +\S+\s/);
      const about = { namespace, uid: test.metadata.uid };
      const kept = [{ reason: "ConnectionOK", type: "Normal" }];
      await vi.waitFor(
        async () => expect(await eventsOf(scene().stage.api, about)).toMatchObject(kept),
        SOON,
      );
    });

    it("a fix without a new generation brings no re-probe; a patch of any spec field does", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders", { password: "not-the-password" });
      const failed = await scene().verdict(await scene().test(namespace));
      const { host, port, superuser } = scene().postgres;

      await scene().objects.apply(secret(namespace, "orders", { dsn: dsnOf({ host, port, ...superuser }) }));
      // When a later test has its verdict, a re-probe of the first would long be over.
      expect(verified(await scene().verdict(await scene().test(namespace, { name: "later" })))).toBe("True");
      const still = (await scene().objects.read(failed)) as KollectConnectionTest;
      const patched = await scene().objects.patch(failed, { spec: { timeoutSeconds: 10 } });

      // The later test's probe tells that the Secret changed; the verdict stays.
      const { conditions = [], ...verdict } = still.status ?? {};
      const [change, ...more] = conditions.slice(failed.status?.conditions?.length);
      expect({ ...verdict, conditions: conditions.filter((each) => each !== change) }).toEqual(failed.status);
      expect([change?.type ?? "SinkChanged", more]).toEqual(["SinkChanged", []]);
      expect(verified(await scene().verdict(patched))).toBe("True");
    });

    it("a Secret of a different namespace is refused, so that the verdict is about the sink's own", async () => {
      const [namespace, other] = await Promise.all([scene().namespace(), scene().namespace()]);
      await scene().sink(other, "orders");
      await scene().objects.create(postgresSink(namespace, "orders", { name: "orders", namespace: other }));

      const { status } = await scene().verdict(await scene().test(namespace));

      expect(status?.conditions?.[0]).toMatchObject({ status: "False", reason: "SecretResolveFailed" });
      expect(status?.probe).toEqual({ cause: "ReferenceForbidden" });
    });

    it("ownerSink on a missing sink gives a Warning event", async () => {
      const namespace = await scene().namespace();

      const test = await scene().test(namespace);
      await scene().verdict(test);

      const about = { namespace, uid: test.metadata.uid };
      const what = { what: "both Events", timeoutMs: 30_000 };
      const events = await waitUntil(what, async () => {
        const found = await eventsOf(scene().stage.api, about);
        return found.length >= 2 ? found : undefined;
      });
      expect(events.map(({ type, reason }) => `${type} ${reason}`).sort()).toEqual([
        "Warning OwnerNotSet",
        "Warning SinkNotFound",
      ]);
    });

    it("duplicates cannot be created, applying again does not probe again, and the TTL clears up", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const spec = { ttlSecondsAfterFinished: 1 };
      const input = JSON.stringify(connectionTest(namespace, "probe", "orders"));
      const first = await scene().verdict(await scene().test(namespace));

      await expect(scene().test(namespace)).rejects.toThrow(/already exists/);
      await scene().stage.kubectl(["apply", "-f", "-"], { input });
      const many = await Promise.all(
        ["ci-1", "ci-2", "ci-3"].map((name) => scene().test(namespace, { name, spec })),
      );

      const again = (await scene().objects.read(first)) as KollectConnectionTest;
      expect(again.status?.probeId).toBe(first.status?.probeId);
      await Promise.all(many.map((test) => scene().deletion(test)));
    });
  });
}
