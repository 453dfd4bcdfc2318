import { describe, expect, it } from "vitest";
import type { EventDraft } from "../../../capabilities/domain/ports";
import { rejection, type Stage } from "./stage";

export function events(stage: Stage): void {
  describe("createEvent", () => {
    interface StoredEvent {
      readonly note: string;
      readonly regarding: { uid: string };
      readonly series?: { count: number };
      readonly reportingController: string;
      readonly reportingInstance: string;
    }

    async function eventsAbout(uid: string): Promise<StoredEvent[]> {
      const path = "/apis/events.k8s.io/v1/namespaces/shop/events";
      const { items } = (await stage.admin.request({ method: "GET", path })) as { items: StoredEvent[] };
      return items.filter(({ regarding }) => regarding.uid === uid);
    }

    function draft(
      uid: string,
      change: Partial<EventDraft> = {},
      name = "probe",
      namespace = "shop",
    ): EventDraft {
      return {
        type: "Warning",
        action: "Probe",
        reason: "ConnectionTestFailed",
        note: "PostgreSQL at db.shop:5432 refused the password of user kollect.",
        regarding: {
          apiVersion: "kollect.dev/v1alpha1",
          kind: "KollectConnectionTest",
          namespace,
          name,
          uid,
        },
        ...change,
      };
    }

    it("is accepted, and repetitions become its series", async () => {
      const { cluster } = stage.connected;
      await cluster.createEvent(draft("u-series"));
      const [event] = await eventsAbout("u-series");
      expect(event).toMatchObject({
        reportingController: "kollect.dev/connection-test",
        reportingInstance: "operator-1",
        note: draft("u-series").note,
      });
      expect(event?.series).toBeUndefined();
      await cluster.createEvent(draft("u-series"));
      await cluster.createEvent(draft("u-series", { count: 40 }));
      expect(await eventsAbout("u-series")).toMatchObject([{ series: { count: 42 } }]);
    });

    it("is accepted as a series from the start", async () => {
      await stage.connected.cluster.createEvent(
        draft("u-many", { count: 3, type: "Normal", reason: "ConnectionOK" }),
      );
      expect(await eventsAbout("u-many")).toMatchObject([{ series: { count: 3 } }]);
    });

    it("is accepted for the longest names and notes, and for a sink", async () => {
      const { cluster } = stage.connected;
      const note = "ü".repeat(1_000);
      await cluster.createEvent(draft("u-long", { note, reason: "R".repeat(300) }, `${"x".repeat(250)}.yz`));
      const [event] = await eventsAbout("u-long");
      expect(Buffer.byteLength(event?.note ?? "")).toBeGreaterThan(1_000);
      const regarding = { ...draft("u-sink").regarding, kind: "KollectDatabaseSink", name: "orders" };
      await cluster.createEvent(draft("u-sink", { regarding }));
      expect(await eventsAbout("u-sink")).toHaveLength(1);
    });

    it("starts a new series when the Event was deleted meanwhile", async () => {
      const { cluster } = stage.connected;
      await cluster.createEvent(draft("u-gone"));
      await stage.admin.request({ method: "DELETE", path: "/apis/events.k8s.io/v1/namespaces/shop/events" });
      await cluster.createEvent(draft("u-gone"));
      expect(await eventsAbout("u-gone")).toHaveLength(1);
    });

    it("is dropped with a debug line in a namespace that is being deleted, and in one that is gone", async () => {
      const core = "/api/v1/namespaces";
      await stage.create(core, { apiVersion: "v1", kind: "Namespace", metadata: { name: "ending" } });
      const finalizers = ["kollect.dev/test"];
      const blocker = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "blocker", finalizers } };
      await stage.create(`${core}/ending/configmaps`, blocker);
      await stage.admin.request({ method: "DELETE", path: `${core}/ending` });
      stage.log.lines.length = 0;
      await stage.connected.cluster.createEvent(draft("u-ending", {}, "probe", "ending"));
      await stage.connected.cluster.createEvent(draft("u-nowhere", {}, "probe", "nowhere"));
      await stage.patch(`${core}/ending/configmaps/blocker`, { metadata: { finalizers: null } });
      expect(stage.log.lines.filter((line) => line.startsWith("debug no Event"))).toHaveLength(2);
    });

    it("rejects as Forbidden for a user without the right", async () => {
      const stranger = await stage.connect("stranger", stage.plane.userKubeconfig("ci"));
      const error = await rejection(stranger.cluster.createEvent(draft("u-forbidden")));
      stranger.close();
      expect(error).toMatchObject({ status: 403, reason: "Forbidden" });
    });
  });
}
