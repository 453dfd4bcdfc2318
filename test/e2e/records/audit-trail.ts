import { describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { waitUntil } from "../../../lab/control-plane/wait";
import { secret } from "../../../lab/drafts";
import { blackHole } from "../../../lab/faults";
import { auditRecords, type AuditRecord } from "../scene/records";
import type { Scene } from "../scene/scene";

export function auditTrail(scene: () => Scene): void {
  describe.concurrent("the audit record", () => {
    const recordsOf = (test: KollectConnectionTest, count = 1): Promise<AuditRecord[]> =>
      waitUntil({ what: `the audit record of ${test.metadata.name}`, timeoutMs: 30_000 }, () => {
        const all = auditRecords(scene().stage.operator.watcher.logFile);
        const found = all.filter((record) => record.test.uid === test.metadata.uid);
        return Promise.resolve(found.length >= count ? found : undefined);
      });
    const probe = async (namespace: string, name?: string): Promise<KollectConnectionTest> =>
      scene().verdict(await scene().test(namespace, { name }));

    it("says who asked, what was probed with which Secrets, and what came of it", async () => {
      const namespace = await scene().namespace();
      const sink = await scene().sink(namespace, "orders");
      const stored = await scene().objects.read(secret(namespace, "orders", {}));

      const { metadata, status } = await probe(namespace);

      const [record, ...more] = await recordsOf({ metadata } as KollectConnectionTest);
      expect(more).toEqual([]);
      expect(record).toMatchObject({
        audit: true,
        event: "connection-test",
        requestedBy: "admin",
        test: { kind: "KollectConnectionTest", namespace, name: "probe", uid: metadata.uid, generation: 1 },
        sink: { kind: "KollectDatabaseSink", name: "orders", generation: 1, type: "postgres" },
        secrets: [{ namespace, name: "orders", resourceVersion: stored?.metadata.resourceVersion }],
        verdict: "True",
        reason: "ConnectionOK",
        cause: null,
        probeId: status?.probeId,
        sharedBy: 1,
        attempts: 1,
        endpoint: status?.probe?.endpoint,
        tlsInsecure: "PlainText",
        latencyMs: status?.latencyMs,
      });
      expect(record?.sink?.uid).toBe((sink.metadata as { uid?: string }).uid);
      expect(record?.phases).toHaveLength(6);
      for (const member of ["startedAt", "completedAt", "waitedMs"])
        expect(record, member).toHaveProperty(member);
    });

    it("has a line for each run, and names the cause of a failure", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders", { password: "not-the-password" });

      const first = await probe(namespace);
      await scene().verdict(await scene().objects.patch(first, { spec: { retryLimit: 1 } }));

      const records = await recordsOf(first, 2);
      expect(records.map(({ test }) => test.generation)).toEqual([1, 2]);
      for (const record of records) {
        expect(record).toMatchObject({
          verdict: "False",
          reason: "ConnectionTestFailed",
          cause: "AuthenticationFailed",
        });
      }
      expect(records[0]?.probeId).not.toBe(records[1]?.probeId);
    });

    it("has a line for each of the tests that shared a probe", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const names = ["a", "b", "c", "d", "e", "f"];

      const tests = await Promise.all(names.map((name) => probe(namespace, name)));

      const records = (await Promise.all(tests.map((test) => recordsOf(test)))).flat();
      expect(records.map(({ test }) => test.name).sort()).toEqual(names);
      expect(records.map(({ probeId }) => probeId)).toEqual(tests.map(({ status }) => status?.probeId));
    });

    it("has a line for a sink that was never found, with the name that was meant", async () => {
      const test = await probe(await scene().namespace());

      const [record] = await recordsOf(test);
      expect(record).toMatchObject({ reason: "SinkNotFound", cause: null, secrets: [], endpoint: null });
      expect(record?.sink).toEqual({
        kind: "KollectDatabaseSink",
        namespace: test.metadata.namespace,
        name: "orders",
      });
    });

    it("has a line for a run whose test is deleted or changed while it dials", async () => {
      const namespace = await scene().namespace();
      const silent = await blackHole();
      try {
        await scene().sink(namespace, "orders", { port: silent.port });
        const running = (name: string): Promise<KollectConnectionTest> =>
          scene().test(namespace, { name, spec: { timeoutSeconds: 60 } });
        const dials = (count: number): Promise<true> =>
          waitUntil({ what: `${count} open connections`, timeoutMs: 30_000 }, () =>
            Promise.resolve(silent.open() === count || undefined),
          );
        const deleted = await running("deleted");
        await dials(1);
        await scene().objects.remove(deleted);
        await dials(0);
        const changed = await running("changed");
        await dials(1);
        await scene().objects.patch(changed, { spec: { timeoutSeconds: 2 } });

        const [record] = await recordsOf(deleted);
        expect(record).toMatchObject({
          ...{ outcome: "Aborted", verdict: null, reason: "TestDeleted", requestedBy: "admin" },
          ...{ endpoint: `127.0.0.1:${silent.port}`, attempts: 1 },
          sink: { name: "orders", generation: 1 },
          secrets: [{ namespace, name: "orders" }],
        });
        const lines = await recordsOf(changed, 2);
        expect(lines.map(({ test, outcome, reason }) => [test.generation, outcome, reason])).toEqual([
          [1, "Aborted", "TestChanged"],
          [2, "Completed", "ConnectionTestFailed"],
        ]);
      } finally {
        await silent.close();
      }
    });

    it("outlives the test and its Events", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const test = await scene().test(namespace, { spec: { ttlSecondsAfterFinished: 0 } });

      await scene().deletion(test);

      expect(await recordsOf(test)).toHaveLength(1);
    });
  });
}
