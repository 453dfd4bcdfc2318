import { describe, expect, it } from "vitest";
import type { OwnerReference } from "../../../capabilities/api/types";
import { GROUP, refOf, TESTS, type Stage } from "./stage";

export function owners(stage: Stage): void {
  describe("writeOwners", () => {
    /** Of an object that exists: the garbage collector deletes what points at a uid that does not. */
    async function owner(): Promise<OwnerReference> {
      const sink = (await stage.admin.request({
        method: "GET",
        path: `${GROUP}/kollectdatabasesinks/orders`,
      })) as {
        metadata: { uid: string };
      };
      const { uid } = sink.metadata;
      return {
        apiVersion: "kollect.dev/v1alpha1",
        kind: "KollectDatabaseSink",
        name: "orders",
        uid,
        controller: false,
      };
    }

    it("sets and removes references, also when there is none to remove", async () => {
      const { cluster } = stage.connected;
      const reference = await owner();
      expect(await cluster.writeOwners(refOf(await stage.createTest("owned")), [reference])).toBe("written");
      expect((await stage.readTest("owned")).metadata.ownerReferences).toEqual([reference]);
      expect(await cluster.writeOwners(refOf(await stage.readTest("owned")), [])).toBe("written");
      expect((await stage.readTest("owned")).metadata.ownerReferences).toBeUndefined();
      expect(await cluster.writeOwners(refOf(await stage.readTest("owned")), [])).toBe("written");
    });

    it("refuses when anything has changed since the read, and when the object was recreated", async () => {
      const { cluster } = stage.connected;
      const before = refOf(await stage.createTest("moved"));
      await stage.patch(`${TESTS}/moved`, { metadata: { labels: { a: "b" } } });
      expect(await cluster.writeOwners(before, [await owner()])).toBe("superseded");
      await stage.removeTest("moved");
      expect(await cluster.writeOwners(before, [await owner()])).toBe("gone");
      const recreated = refOf(await stage.createTest("moved"));
      expect(await cluster.writeOwners({ ...recreated, uid: before.uid }, [await owner()])).toBe(
        "superseded",
      );
      expect((await stage.readTest("moved")).metadata.ownerReferences).toBeUndefined();
    });
  });

  describe("deleteTest", () => {
    it("deletes what was read, and says gone the second time", async () => {
      const ref = refOf(await stage.createTest("expired"));
      expect(await stage.connected.cluster.deleteTest(ref)).toBe("written");
      expect(await stage.connected.cluster.deleteTest(ref)).toBe("gone");
      expect(await stage.connected.cluster.getTest("shop", "expired")).toBeUndefined();
    });

    it("leaves an object alone that was changed or recreated since the read", async () => {
      const before = refOf(await stage.createTest("kept"));
      await stage.patch(`${TESTS}/kept`, { metadata: { annotations: { "kollect.dev/retain": "true" } } });
      expect(await stage.connected.cluster.deleteTest(before)).toBe("superseded");
      await stage.removeTest("kept");
      const { resourceVersion } = refOf(await stage.createTest("kept"));
      expect(await stage.connected.cluster.deleteTest({ ...before, resourceVersion })).toBe("superseded");
      expect(await stage.connected.cluster.getTest("shop", "kept")).toBeDefined();
    });
  });
}
