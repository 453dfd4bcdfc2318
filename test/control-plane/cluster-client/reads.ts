import { describe, expect, it } from "vitest";
import { type ClusterError } from "../../../capabilities/domain/cluster-error";
import { GROUP, refOf, rejection, STATUS, type Stage } from "./stage";

export function reads(stage: Stage): void {
  describe("reads", () => {
    it("gives tests, sinks and decoded Secrets as they are now", async () => {
      const test = await stage.createTest("read");
      await stage.create(`${GROUP}/kollectdatabasesinks`, {
        apiVersion: "kollect.dev/v1alpha1",
        kind: "KollectDatabaseSink",
        metadata: { name: "orders" },
        spec: { type: "postgres", postgres: { databaseRef: { name: "pg-dsn" }, table: "items" } },
      });
      const bytes = Buffer.from([0, 255, 10, 13]);
      const data = {
        dsn: Buffer.from("postgres://ü").toString("base64"),
        raw: bytes.toString("base64"),
        empty: "",
      };
      const secret = await stage.create<{ metadata: { resourceVersion: string } }>(
        "/api/v1/namespaces/shop/secrets",
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "pg-dsn" },
          data,
        },
      );
      const { cluster } = stage.connected;
      expect(await cluster.getTest("shop", "read")).toEqual(test);
      expect(await cluster.getSink("KollectDatabaseSink", "shop", "orders")).toMatchObject({
        kind: "KollectDatabaseSink",
        spec: { type: "postgres" },
      });
      const read = await cluster.getSecret("shop", "pg-dsn");
      const { resourceVersion } = secret.metadata;
      expect(read).toMatchObject({ namespace: "shop", name: "pg-dsn", resourceVersion });
      expect(new Map(read?.data)).toEqual(
        new Map([
          ["dsn", Buffer.from("postgres://ü")],
          ["raw", bytes],
          ["empty", Buffer.alloc(0)],
        ]),
      );
    });

    it("gives undefined for what is not there, also in a namespace that is not there", async () => {
      const { cluster } = stage.connected;
      for (const namespace of ["shop", "nowhere"]) {
        expect(await cluster.getTest(namespace, "absent")).toBeUndefined();
        expect(await cluster.getSink("KollectEventSink", namespace, "absent")).toBeUndefined();
        expect(await cluster.getSecret(namespace, "absent")).toBeUndefined();
      }
    });

    it("does not take a missing CRD for a missing object", () => {
      expect(stage.withoutCrds).toMatchObject({ status: 404, transient: false });
      expect((stage.withoutCrds as ClusterError).message).toContain("are the CRDs installed?");
    });

    it("refuses an oversized Secret as TooLarge, and says nothing of its content", async () => {
      const big = Buffer.alloc(800 * 1024, "x").toString("base64");
      const body = { apiVersion: "v1", kind: "Secret", metadata: { name: "big" }, data: { big } };
      await stage.create("/api/v1/namespaces/shop/secrets", body);
      const error = await rejection(stage.connected.cluster.getSecret("shop", "big"));
      expect(error).toMatchObject({ reason: "TooLarge", transient: false });
      expect(error.message).toBe("get Secret shop/big: the answer has more than 786432 bytes");
    });

    it("refuses names that climb paths without a single request", async () => {
      const climber = await stage.connect("climber");
      const climbing = ["../../kube-system/secrets/x", "..", "a/b", "a%2F..%2Fb", "x?y", ""];
      const { cluster } = climber;
      for (const name of climbing) {
        const ref = { ...refOf(await stage.readTest("read")), name };
        await expect(rejection(cluster.getSecret("shop", name))).resolves.toMatchObject({
          reason: "InvalidName",
        });
        await expect(rejection(cluster.getSecret(name, "pg-dsn"))).resolves.toMatchObject({
          reason: "InvalidName",
        });
        await expect(rejection(cluster.getTest("shop", name))).resolves.toMatchObject({
          reason: "InvalidName",
        });
        await expect(rejection(cluster.writeStatus(ref, STATUS))).resolves.toMatchObject({
          reason: "InvalidName",
        });
        await expect(rejection(cluster.writeOwners(ref, []))).resolves.toMatchObject({
          reason: "InvalidName",
        });
        await expect(rejection(cluster.deleteTest(ref))).resolves.toMatchObject({ reason: "InvalidName" });
        const sink = cluster.getSink("KollectDatabaseSink", "shop", name);
        await expect(rejection(sink)).resolves.toMatchObject({ reason: "InvalidName" });
        const review = {
          user: { username: "x" },
          sinkKind: "KollectDatabaseSink",
          namespace: "shop",
          name,
        } as const;
        await expect(rejection(cluster.mayGetSink(review))).resolves.toMatchObject({ reason: "InvalidName" });
      }
      await cluster.getSecret("shop", "marker");
      climber.close();
      await expect
        .poll(() => stage.audited("climber"), { timeout: 10_000 })
        .toEqual(["/api/v1/namespaces/shop/secrets/marker"]);
    });
  });
}
