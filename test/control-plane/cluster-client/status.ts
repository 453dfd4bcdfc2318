import { describe, expect, it } from "vitest";
import type { ConnectionTestStatus } from "../../../capabilities/api/types";
import { refOf, rejection, STATUS, TESTS, type Stage } from "./stage";

export function status(stage: Stage): void {
  describe("writeStatus", () => {
    it("replaces the whole status and leaves no old member", async () => {
      const ref = refOf(await stage.createTest("replace"));
      const first = {
        ...STATUS,
        requestedBy: "alice",
        probe: { endpoint: "db:5432", cause: "TimedOut" },
      } as const;
      expect(await stage.connected.cluster.writeStatus(ref, first)).toBe("written");
      expect((await stage.readTest("replace")).status).toMatchObject(first);
      expect(
        await stage.connected.cluster.writeStatus(ref, { completed: false, observedGeneration: -1 }),
      ).toBe("written");
      const { status } = await stage.readTest("replace");
      expect(status).not.toHaveProperty("probe");
      expect(status).not.toHaveProperty("requestedBy");
      expect(status).not.toHaveProperty("latencyMs");
      expect(status).toMatchObject({ completed: false, observedGeneration: -1 });
    });

    it("refuses a recreated object of the same name and generation", async () => {
      const old = refOf(await stage.createTest("recreated"));
      await stage.removeTest("recreated");
      const { metadata, status } = await stage.createTest("recreated");
      expect(metadata.generation).toBe(old.generation);
      expect(await stage.connected.cluster.writeStatus(old, STATUS)).toBe("superseded");
      expect((await stage.readTest("recreated")).status).toEqual(status);
    });

    it("refuses an older generation", async () => {
      const old = refOf(await stage.createTest("changed"));
      await stage.patch(`${TESTS}/changed`, { spec: { ttlSecondsAfterFinished: 600 } });
      const { status } = await stage.readTest("changed");
      expect(await stage.connected.cluster.writeStatus(old, STATUS)).toBe("superseded");
      expect((await stage.readTest("changed")).status).toEqual(status);
      expect(await stage.connected.cluster.writeStatus({ ...old, generation: 2 }, STATUS)).toBe("written");
    });

    it("says gone when the object is deleted", async () => {
      const ref = refOf(await stage.createTest("deleted"));
      await stage.removeTest("deleted");
      expect(await stage.connected.cluster.writeStatus(ref, STATUS)).toBe("gone");
    });

    it("survives labels that change at the same time, and loses none of them", async () => {
      const ref = refOf(await stage.createTest("labelled"));
      const labels = Array.from({ length: 40 }, (_, index) => `l${index}`);
      const edits = labels.map((label) =>
        stage.patch(`${TESTS}/labelled`, { metadata: { labels: { [label]: "x" } } }),
      );
      const writes = Array.from({ length: 20 }, (_, latencyMs) =>
        stage.connected.cluster.writeStatus(ref, { ...STATUS, latencyMs }),
      );
      expect(new Set(await Promise.all(writes))).toEqual(new Set(["written"]));
      await Promise.all(edits);
      const after = await stage.readTest("labelled");
      expect(Object.keys(after.metadata.labels ?? {}).sort()).toEqual(labels.sort());
      expect(after.status?.completed).toBe(true);
    });

    it("rejects with the schema's words when the schema refuses the status", async () => {
      const ref = refOf(await stage.createTest("schema"));
      const wrong = { ...STATUS, attempts: "three" } as unknown as ConnectionTestStatus;
      const error = await rejection(stage.connected.cluster.writeStatus(ref, wrong));
      expect(error).toMatchObject({ status: 422, reason: "Invalid", transient: false });
      expect(error.message).toContain("status.attempts");
      expect(await stage.connected.cluster.writeStatus(ref, STATUS)).toBe("written");
    });

    it("rejects as Forbidden for a user without the right", async () => {
      const stranger = await stage.connect("stranger", stage.plane.userKubeconfig("ci"));
      const error = await rejection(
        stranger.cluster.writeStatus(refOf(await stage.createTest("forbidden")), STATUS),
      );
      stranger.close();
      expect(error).toMatchObject({ status: 403, reason: "Forbidden", transient: false });
      expect(error.message).toContain('User "ci" cannot patch resource "kollectconnectiontests/status"');
    });
  });
}
