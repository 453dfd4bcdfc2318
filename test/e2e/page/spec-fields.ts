import { describe, expect, it } from "vitest";
import type { KollectConnectionTest, SinkReference } from "../../../capabilities/api/types";
import { connectionTest, postgresSink } from "../../../lab/drafts";
import type { Named } from "../scene/objects";
import type { Scene } from "../scene/scene";

const SINKS = [
  ["snapshotSinkRef", "KollectSnapshotSink", { type: "git", endpoint: "https://127.0.0.1:1/shop.git" }],
  ["databaseSinkRef", "KollectDatabaseSink", postgresSink("", "").spec],
  ["eventSinkRef", "KollectEventSink", { type: "nats", nats: { url: "nats://127.0.0.1:1", subject: "s" } }],
] as const satisfies readonly (readonly [keyof SinkReference, string, object])[];

const REFUSED: readonly (readonly [string, object, RegExp])[] = [
  ["no sink", {}, /exactly one of snapshotSinkRef, databaseSinkRef, eventSinkRef must be set, but none is/],
  [
    "two sinks",
    { snapshotSinkRef: "a", eventSinkRef: "b" },
    /must be set, but these are: snapshotSinkRef, eventSinkRef/,
  ],
  ["a name that is none", { databaseSinkRef: "../other" }, /spec\.sinkRef\.databaseSinkRef.*should match/],
];

export function specFields(scene: () => Scene): void {
  describe.concurrent("spec fields", () => {
    it("get the page's defaults, and the additions theirs, when only the sink is named", async () => {
      const namespace = await scene().namespace();

      const { spec } = await scene().test(namespace);

      expect(spec).toEqual({
        sinkRef: { databaseSinkRef: "orders" },
        ownerSink: true,
        ttlSecondsAfterFinished: 300,
        timeoutSeconds: 15,
        retryLimit: 0,
      });
    });

    it.for(SINKS)("%s names a %s of the test's own namespace", async ([field, kind, spec]) => {
      const [namespace, other] = await Promise.all([scene().namespace(), scene().namespace()]);
      const sink: Named = {
        apiVersion: "kollect.dev/v1alpha1",
        kind,
        metadata: { name: "orders", namespace },
      };
      await scene().objects.create({ ...sink, spec });

      const sinkRef = { [field]: "orders" };
      const test = await scene().test(namespace, { spec: { sinkRef } });
      const elsewhere = await scene().test(other, { spec: { sinkRef } });

      expect((await scene().verdict(test)).status?.sink).toMatchObject({
        kind,
        name: "orders",
        type: spec.type,
      });
      const { conditions } = (await scene().verdict(elsewhere)).status ?? {};
      expect(conditions?.[0]).toMatchObject({
        type: "ConnectionVerified",
        status: "False",
        reason: "SinkNotFound",
      });
      expect(conditions?.[0]?.message).toContain(`no ${kind} orders in namespace ${other}`);
    });

    it.for(REFUSED)(
      "sinkRef with %s is refused with a message that says so",
      async ([, sinkRef, message]) => {
        const namespace = await scene().namespace();

        await expect(scene().test(namespace, { spec: { sinkRef } })).rejects.toThrow(message);
      },
    );

    it("profileRef is kept with a warning and changes nothing", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const test = connectionTest(namespace, "probe", "orders", { profileRef: "nightly" });

      const said = await scene().stage.tryKubectl(["create", "-f", "-"], { input: JSON.stringify(test) });

      expect(said).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/Warning: spec\.profileRef is reserved/) as string,
      });
      const stored = (await scene().objects.read(test)) as KollectConnectionTest;
      expect(stored.spec.profileRef).toBe("nightly");
      expect((await scene().verdict(stored)).status?.conditions?.[0]?.status).toBe("True");
    });

    it.for([true, false, undefined])(
      "ownerSink %s decides whether the sink owns the test",
      async (ownerSink) => {
        const namespace = await scene().namespace();
        const { metadata } = (await scene().sink(namespace, "orders")) as KollectConnectionTest;

        const test = await scene().test(namespace, { spec: ownerSink === undefined ? {} : { ownerSink } });

        const { apiVersion, name, uid } = { apiVersion: "kollect.dev/v1alpha1", ...metadata };
        const reference = { apiVersion, kind: "KollectDatabaseSink", name, uid, controller: false };
        expect(test.metadata.ownerReferences).toEqual(ownerSink === false ? undefined : [reference]);
        expect((await scene().verdict(test)).metadata.ownerReferences).toEqual(test.metadata.ownerReferences);
      },
    );

    it("ttlSecondsAfterFinished after completedAt the test is deleted, neither sooner nor much later", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");

      const test = await scene().test(namespace, { spec: { ttlSecondsAfterFinished: 2 } });

      const { status } = await scene().verdict(test);
      const livedMs = (await scene().deletion(test)) - Date.parse(status?.completedAt ?? "");
      expect(livedMs).toBeGreaterThanOrEqual(2000);
      // How late it may be is measured in the bench; this only means that it does not hang.
      expect(livedMs).toBeLessThan(15_000);
    });
  });
}
