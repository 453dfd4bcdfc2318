import { describe, expect, it, vi } from "vitest";
import type { KollectConnectionTest, ObjectMeta } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import { operatorRequests } from "../scene/api-audit";
import { dsnOf, secret } from "../../../lab/drafts";
import type { Named } from "../scene/objects";
import { eventsOf, type RecordedEvent } from "../scene/records";
import type { Scene } from "../scene/scene";

export function events(scene: () => Scene): void {
  describe.concurrent("Events", () => {
    const probe = async (namespace: string, name: string): Promise<KollectConnectionTest> =>
      scene().verdict(await scene().test(namespace, { name }));
    const about = (object: Named, isThere: (events: RecordedEvent[]) => boolean): Promise<RecordedEvent[]> =>
      waitUntil({ what: `the Events about ${object.metadata.name}`, timeoutMs: 30_000 }, async () => {
        const { namespace = "", uid = "" } = object.metadata as Partial<ObjectMeta>;
        const found = await eventsOf(scene().stage.api, { namespace, uid });
        return isThere(found) ? found : undefined;
      });
    const use = (namespace: string, password: string): Promise<unknown> => {
      const { host, port, superuser } = scene().postgres;
      const dsn = dsnOf({ host, port, user: superuser.user, password });
      return scene().objects.apply(secret(namespace, "orders", { dsn }));
    };

    it("tell every verdict on the test, after it is written", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const messageOf = ({ status }: KollectConnectionTest): string | undefined =>
        status?.conditions?.[0]?.message;
      const good = await probe(namespace, "good");
      expect(await about(good, ({ length }) => length > 0)).toMatchObject([
        { type: "Normal", reason: "ConnectionOK", action: "Probe", note: messageOf(good) },
      ]);
      await use(namespace, "not-the-password");
      const bad = await probe(namespace, "bad");
      expect(await about(bad, ({ length }) => length > 0)).toMatchObject([
        { type: "Warning", reason: "ConnectionTestFailed", action: "Probe", note: messageOf(bad) },
      ]);
      const changes = (): string[] =>
        operatorRequests(scene().stage.cluster)
          .filter((request) => request.namespace === namespace && ["patch", "create"].includes(request.verb))
          .map(({ verb, resource }) => `${verb} ${resource}`);
      const first = ["patch kollectconnectiontests/status", "create events"];
      await vi.waitFor(() => expect(changes().slice(0, 2)).toEqual(first), { timeout: 30_000 });
    });

    it("tell the sink of failures, as one series, and of the change when it works again", async () => {
      const namespace = await scene().namespace();
      const sink = await scene().sink(namespace, "orders");
      const works = await probe(namespace, "works");
      await use(namespace, "not-the-password");
      for (const name of ["first", "second", "third"]) await probe(namespace, name);
      const failures = await about(sink, ([event]) => event?.series?.count === 3);
      await use(namespace, scene().postgres.superuser.password);
      await probe(namespace, "again");

      expect(failures).toMatchObject([{ type: "Warning", reason: "ConnectionTestFailed" }]);
      const both = await about(sink, ({ length }) => length === 2);
      expect(both.map(({ type, reason }) => `${type} ${reason}`).sort()).toEqual([
        "Normal ConnectionOK",
        "Warning ConnectionTestFailed",
      ]);
      // Success that changes nothing is no news for a sink.
      expect(works.status?.conditions?.[0]?.status).toBe("True");
    });
  });
}
