import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { grant } from "../scene/grant";
import { connectionTest } from "../../../lab/drafts";
import type { Objects } from "../scene/objects";
import type { Scene } from "../scene/scene";
import { openUsers, type Users } from "../scene/users";

const VERBS = ["create", "get", "list", "watch", "update", "patch", "delete"] as const;
/** What a user who may not get the sink is told, whether there is one or not. */
const DENIED =
  /User "ci" cannot get kollectdatabasesinks orders in namespace \S+, which a test of it needs; ask for a Role that grants `get`/;

/** KOLLECT_REQUIRE_SINK_ACCESS: `ci` has rights on tests alone, `developer` may get the sinks too. */
export function accessCheck(scene: () => Scene): void {
  describe.concurrent("with KOLLECT_REQUIRE_SINK_ACCESS", () => {
    let users: Users | undefined;
    let ci: Objects;
    let developer: Objects;

    beforeAll(async () => {
      users = await openUsers(scene());
      ({ ci, developer } = users);
    });
    afterAll(() => users?.close());

    const prepared = async (): Promise<string> => {
      const namespace = await scene().namespace();
      await grant(scene(), namespace, "ci", VERBS);
      await grant(scene(), namespace, "developer", VERBS, ["kollectconnectiontests", "kollectdatabasesinks"]);
      return namespace;
    };
    const admitted = async (namespace: string): Promise<KollectConnectionTest> => {
      await scene().sink(namespace, "orders");
      const test = await developer.create(connectionTest(namespace, "probe", "orders"));
      return scene().verdict(test as KollectConnectionTest);
    };

    it("a user who may not get the sink creates no test, and learns which right is missing", async () => {
      const namespace = await prepared();
      await scene().sink(namespace, "orders");

      await expect(ci.create(connectionTest(namespace, "probe", "orders"))).rejects.toThrow(DENIED);

      const absent = connectionTest(namespace, "probe", "orders");
      expect(await scene().objects.read(absent)).toBeUndefined();
    });

    it("the words are the same for a sink that does not exist", async () => {
      const namespace = await prepared();

      await expect(ci.create(connectionTest(namespace, "probe", "orders"))).rejects.toThrow(DENIED);
    });

    it("a user who may get the sink has its verdict", async () => {
      const { status } = await admitted(await prepared());

      expect(status?.conditions?.[0]).toMatchObject({ type: "ConnectionVerified", status: "True" });
      expect(status?.requestedBy).toBe("developer");
    });

    it.each([
      ["changes the spec", { spec: { retryLimit: 2 } }],
      ["asks by annotation", { metadata: { annotations: { "kollect.dev/requested-at": "now" } } }],
    ])("a user who may not get the sink starts no new run when he %s", async (_what, change) => {
      const test = await admitted(await prepared());

      await expect(ci.patch(test, change)).rejects.toThrow(DENIED);

      const after = (await scene().objects.read(test)) as KollectConnectionTest;
      expect(after.metadata.generation).toBe(1);
      expect(after.metadata.annotations?.["kollect.dev/requested-by"]).toBe("developer");
    });

    it("writes that start no run are not checked", async () => {
      const test = await admitted(await prepared());

      await ci.patch(test, { metadata: { labels: { stage: "gate" }, annotations: { note: "kept" } } });
      await ci.patch(test, { spec: { retryLimit: test.spec.retryLimit ?? 0 } });

      const after = (await scene().objects.read(test)) as KollectConnectionTest;
      expect(after.metadata).toMatchObject({ generation: 1, labels: { stage: "gate" } });
      await ci.remove(test);
    });

    it("no check is made in kube-system, where admission does not apply, and no user is named", async () => {
      await grant(scene(), "kube-system", "ci", VERBS);
      await scene().sink("kube-system", "orders");

      const test = await ci.create(connectionTest("kube-system", "probe", "orders"));
      const { status } = await scene().verdict(test as KollectConnectionTest);

      expect(status?.conditions?.[0]?.status).toBe("True");
      expect(status?.requestedBy ?? "").toBe("");
    });
  });
}
